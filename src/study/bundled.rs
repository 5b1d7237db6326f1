//! The incidents that come with the program (`data/incidents/`), asked for by name.

use super::incident::{self, Events, Incident};
use super::{Study, StudyError};
use std::path::Path;

/// An incident that comes with the program.
#[derive(Debug, Clone, Copy)]
pub struct Bundled {
    /// Its name: that of its file, without the ending.
    pub name: &'static str,
    /// Its file.
    text: &'static str,
    /// The event table that it replays, if it does.
    events: Option<&'static str>,
}

macro_rules! bundled {
    (@events $name:literal replayed) => {
        Some(include_str!(concat!("../../data/events/", $name, ".events")))
    };
    (@events $name:literal measured) => { None };
    ($($name:literal $kind:ident),* $(,)?) => {
        [$(Bundled {
            name: $name,
            text: include_str!(concat!("../../data/incidents/", $name, ".toml")),
            events: bundled!(@events $name $kind),
        }),*]
    };
}

/// All of them, by name. Those that are `measured` ask the public archives; those that are
/// `replayed` bring an event table with them.
pub const ALL: [Bundled; 13] = bundled![
    "as9785-2017-08-24" replayed,
    "beacons-2017-08-24" replayed,
    "beacons-2021-12-28" replayed,
    "kp-2014-12-22" measured,
    "kp-2014-12-22-reconstruction" replayed,
    "kp-2017-10-01" measured,
    "kp-2017-10-01-reconstruction" replayed,
    "kp-2022-01-14" measured,
    "kp-2022-01-26" measured,
    "kp-2022-04-21" replayed,
    "kp-2022-11-17" measured,
    "kp-2025-03-18" measured,
    "sy-2012-11-29" measured,
];

/// The one with this name.
pub fn named(name: &str) -> Option<Bundled> {
    ALL.into_iter().find(|bundled| bundled.name == name)
}

impl Bundled {
    /// Its file, read.
    ///
    /// # Errors
    /// It is not written as it must be; a test sees to it that it is.
    pub fn incident(&self) -> Result<Incident, StudyError> {
        incident::parse(self.text, self.name)
    }

    /// The study it asks for, and the event table it replays, if it does.
    ///
    /// # Errors
    /// As [`Bundled::incident`].
    pub fn study(&self) -> Result<(Study, Option<Events>), StudyError> {
        let study = incident::study(self.incident()?, self.name, Path::new(""))?;
        let events = self.events.map(|text| Events::Text(self.name, text));
        Ok((study, events))
    }
}

//! Incident files: a question that is kept, reviewed and run again.

use super::expect::{self, Expect, ExpectText};
use super::rules::{RuleSettings, beside_rules};
use super::{
    Certainty, OptionalSpace, Published, Selection, Study, StudyError, instant, parse_country,
};
use crate::disk::text;
use crate::model::net::Asn;
use crate::model::peer::Collector;
use crate::model::time::Window;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

/// An incident file, checked for form; paths are as written.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Incident {
    /// A title for people.
    pub title: Option<String>,
    /// Rebuilt from published times.
    #[serde(default)]
    pub reconstruction: bool,
    /// Country code.
    pub country: Option<String>,
    /// Origin ASNs.
    #[serde(default)]
    pub asns: Vec<Asn>,
    /// Address blocks.
    #[serde(default)]
    pub prefixes: Vec<String>,
    /// Start of the window.
    pub from: toml::value::Datetime,
    /// End of the window.
    pub to: toml::value::Datetime,
    /// Collectors.
    #[serde(default)]
    pub collectors: Vec<String>,
    /// RIR delegated files, relative to the incident file, instead of the registries' archives.
    #[serde(default)]
    pub delegated: OneOrMore,
    /// As `--with-optional`.
    #[serde(default)]
    pub with_optional: bool,
    /// Event table to replay, relative to the incident file.
    pub events: Option<PathBuf>,
    /// Folder with the archive to read, relative to the incident file.
    pub archive: Option<PathBuf>,
    /// The watch list as it was, JSON, relative to the incident file: nothing is looked up anew.
    pub watch_list: Option<PathBuf>,
    /// As `--watch`, relative to the incident file.
    pub watch: Option<PathBuf>,
    /// The rules that it sets ([`crate::study::rules`]); their keys stand among the others.
    #[serde(skip)]
    pub rules: RuleSettings,
    /// Where the published times come from.
    #[serde(default)]
    pub sources: Vec<String>,
    /// What others measured.
    #[serde(default)]
    pub published: Vec<PublishedText>,
    /// Anything worth knowing.
    pub note: Option<String>,
    /// A local mirror to read, relative to the folder that `DROPLINE_MIRROR` names.
    pub mirror: Option<PathBuf>,
    /// Expected tables that others made: table → CSV file, relative to the incident file.
    #[serde(default)]
    pub witness: BTreeMap<String, PathBuf>,
    /// What is expected, as written.
    #[serde(default)]
    expect: Vec<toml::Spanned<ExpectText>>,
    /// What is expected, checked.
    #[serde(skip)]
    pub expectations: Vec<Expect>,
}

/// One path, or a list of them.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum OneOrMore {
    /// `"file"`
    One(PathBuf),
    /// `["file", "other"]`
    More(Vec<PathBuf>),
}

impl Default for OneOrMore {
    fn default() -> Self {
        Self::More(Vec::new())
    }
}

/// A `[[published]]` table as written.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublishedText {
    event: String,
    at: toml::value::Datetime,
    certainty: Option<Certainty>,
    source: Option<String>,
}

impl PublishedText {
    fn check(self) -> Result<Published, String> {
        Ok(Published {
            at: instant(&self.at)?,
            event: self.event,
            certainty: self.certainty,
            source: self.source,
        })
    }
}

/// The event table that an incident replays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Events {
    /// In a file.
    File(PathBuf),
    /// Bundled: its name, and what it says.
    Text(&'static str, &'static str),
}

/// Reads an incident file: the study it asks for, and the event table it replays, if it does.
///
/// # Errors
/// It cannot be read, is no valid TOML, has an unknown key, or asks something impossible.
pub fn read(path: &Path) -> Result<(Study, Option<Events>), StudyError> {
    let case = case(path)?;
    let events = match case.data {
        Data::Events(path) => Some(Events::File(path)),
        _ => None,
    };
    Ok((case.study, events))
}

/// An incident with its data and what is expected of its run.
#[derive(Debug, Clone)]
pub struct Case {
    /// The question.
    pub study: Study,
    /// Where its data is.
    pub data: Data,
    /// Expected tables that others made, by table.
    pub witness: BTreeMap<String, PathBuf>,
    /// What its `[[expect]]` tables say.
    pub expectations: Vec<Expect>,
}

/// Where an incident's data is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Data {
    /// An event table.
    Events(PathBuf),
    /// A local mirror.
    Archive(PathBuf),
    /// A local mirror, relative to the folder that `DROPLINE_MIRROR` names.
    Mirror(PathBuf),
    /// The public archives.
    Public,
}

/// Reads an incident file with all that it names.
///
/// # Errors
/// As [`read`]; or it names more than one place of its data.
pub fn case(path: &Path) -> Result<Case, StudyError> {
    let name = path.display().to_string();
    let place = |what: String| StudyError::new(format!("`{name}`: {what}"));
    let text = text::read_given(path).map_err(|e| place(e.to_string()))?;
    let mut incident = parse(&text, &name)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let data = match (&incident.events, &incident.archive, &incident.mirror) {
        (None, None, None) => Data::Public,
        (Some(path), None, None) => Data::Events(beside(folder, path)),
        (None, Some(path), None) => Data::Archive(beside(folder, path)),
        (None, None, Some(path)) => Data::Mirror(path.clone()),
        _ => {
            let what = "more than one of `events`, `archive` and `mirror`".to_owned();
            return Err(place(what));
        }
    };
    let witness = std::mem::take(&mut incident.witness);
    let witness = witness
        .into_iter()
        .map(|(table, path)| (table, beside(folder, &path)));
    Ok(Case {
        data,
        witness: witness.collect(),
        expectations: std::mem::take(&mut incident.expectations),
        study: study(incident, &name, folder)?,
    })
}

/// Reads the text of an incident file; `name` is what it is called in messages.
///
/// # Errors
/// It is no valid TOML, or has an unknown key.
pub fn parse(text: &str, name: &str) -> Result<Incident, StudyError> {
    let deserializer = toml::Deserializer::parse(text);
    let parsed = deserializer.and_then(beside_rules::<Incident, _>);
    let wrong = |e: toml::de::Error| {
        // With the line as it stands there, unless that fills the screen.
        const LONGEST: usize = 1000;
        let said = e.to_string();
        let line = |at| {
            text.get(..at)
                .map_or(1, |before| before.matches('\n').count() + 1)
        };
        match e.span() {
            Some(span) if said.len() > LONGEST => {
                let line = line(span.start);
                let message: String = e.message().chars().take(LONGEST).collect();
                StudyError::new(format!("`{name}`: line {line}: {message}"))
            }
            _ => StudyError::new(format!("`{name}`: {}", said.trim_end())),
        }
    };
    let (mut incident, rules) = parsed.map_err(wrong)?;
    incident.rules = rules;
    let written = std::mem::take(&mut incident.expect);
    incident.expectations = expect::check(written, text, name)?;
    Ok(incident)
}

/// The study that an incident asks for; the paths in it are relative to `folder`.
///
/// # Errors
/// It asks something impossible.
pub fn study(incident: Incident, name: &str, folder: &Path) -> Result<Study, StudyError> {
    let wrong = |what: String| StudyError::new(format!("`{name}`: {what}"));
    let window = Window {
        from: instant(&incident.from).map_err(wrong)?,
        to: instant(&incident.to).map_err(wrong)?,
    };
    let prefixes = incident.prefixes.iter().map(|p| p.parse());
    let collectors = incident.collectors.iter().map(|c| Collector::new(c));
    let country = incident.country.as_deref().map(parse_country);
    let delegated = match incident.delegated {
        OneOrMore::One(path) => vec![path],
        OneOrMore::More(paths) => paths,
    };
    let selection = Selection {
        country: country.transpose().map_err(wrong)?,
        prefixes: prefixes.collect::<Result<_, _>>().map_err(wrong)?,
        asns: incident.asns,
        watch: incident.watch.as_deref().map(|p| beside(folder, p)),
        delegated: delegated.iter().map(|p| beside(folder, p)).collect(),
        optional_space: match incident.with_optional {
            true => OptionalSpace::Included,
            false => OptionalSpace::Excluded,
        },
    };
    let mut study = Study::new(selection, window).map_err(|e| StudyError {
        what: format!("`{name}`: {}", e.what),
        hint: e.hint,
    })?;
    study.title = incident.title;
    study.reconstruction = incident.reconstruction;
    study.collectors = collectors.collect::<Result<_, _>>().map_err(wrong)?;
    study.sources = incident.sources;
    study.note = incident.note;
    let published = incident.published.into_iter().map(PublishedText::check);
    study.published = published.collect::<Result<_, _>>().map_err(wrong)?;
    study.archive = incident.archive.as_deref().map(|p| beside(folder, p));
    study.watch_list = incident.watch_list.as_deref().map(|p| beside(folder, p));
    incident.rules.apply(&mut study.rules).map_err(wrong)?;
    Ok(study)
}

/// A path as an incident file names it, from that file's folder, without needless `..`.
fn beside(folder: &Path, named: &Path) -> PathBuf {
    let mut path = folder.to_owned();
    for part in named.components() {
        match part {
            Component::ParentDir if path.file_name().is_some() => {
                path.pop();
            }
            part => path.push(part),
        }
    }
    path
}

//! The question, checked: what to watch, when, seen from where, by which rules. Reads incident
//! files.

use crate::model::net::{Asn, Prefix};
use crate::model::peer::Collector;
use crate::model::time::{MINUTE, SECOND, Timestamp, Window};
use crate::replay::feed::FeedRule;
use serde::{Deserialize, Serialize};
use std::path::{Component, Path, PathBuf};

/// Longest window, so that a mistyped year does not fill the disk.
const LONGEST: i64 = 400 * 24 * 60 * MINUTE;

/// What is asked, and by which rules it is answered.
#[derive(Debug, Clone)]
pub struct Study {
    /// A title for people.
    pub title: Option<String>,
    /// The tables were rebuilt from published times, not measured: said wherever they appear.
    pub reconstruction: bool,
    /// What to watch.
    pub selection: Selection,
    /// When.
    pub window: Window,
    /// Seen from where; all that the archive holds where it is empty.
    pub collectors: Vec<Collector>,
    /// By which rules.
    pub rules: Rules,
    /// Where the published times come from.
    pub sources: Vec<String>,
    /// What others measured.
    pub published: Vec<Published>,
}

/// What to watch, as asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// A country by its ISO 3166 code, upper case.
    pub country: Option<String>,
    /// Address blocks.
    pub prefixes: Vec<Prefix>,
    /// Origin ASNs.
    pub asns: Vec<Asn>,
    /// A file with more of both.
    pub watch: Option<PathBuf>,
    /// RIR delegated statistics for the country.
    pub delegated: Option<PathBuf>,
}

/// The rules that can be chosen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rules {
    /// Whose table counts.
    pub full_feed: FeedRule,
    /// How far before the window a RIB may lie, microseconds.
    pub rib_lookback: i64,
    /// Silence that makes a RouteViews peer unknown, microseconds; asked for, or by default.
    pub silence: Option<i64>,
    /// With fewer vantage ASes known, a status is unknown.
    pub min_vantage: u32,
    /// How long a prefix must have been visible before its loss is an outage, microseconds.
    pub min_life: i64,
    /// Shorter outages are left out, microseconds.
    pub min_outage: i64,
    /// So many percentage points above one half visibility must rise again to end an outage.
    pub hysteresis: u32,
    /// Whose numbers are given beside ours.
    pub profile: Profile,
    /// The baseline's instant, if not the window's first.
    pub baseline_at: Option<Timestamp>,
    /// Leave route servers out.
    pub exclude_route_servers: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            full_feed: FeedRule::default(),
            rib_lookback: 24 * 60 * MINUTE,
            silence: None,
            min_vantage: 3,
            min_life: crate::detect::MIN_LIFE,
            min_outage: 0,
            hysteresis: 0,
            profile: Profile::Own,
            baseline_at: None,
            exclude_route_servers: false,
        }
    }
}

/// Whose numbers are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Profile {
    /// Our own.
    #[default]
    Own,
    /// Those of IODA as well, with its rule of who counts.
    Ioda,
}

/// A time that others measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Published {
    /// What happened.
    pub event: String,
    /// When.
    pub at: Timestamp,
}

/// What is wrong with a question, and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct StudyError {
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub hint: Option<String>,
}

impl StudyError {
    fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            hint: None,
        }
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl Study {
    /// What makes an outage.
    pub const fn detection(&self) -> crate::detect::Rules {
        crate::detect::Rules {
            window: self.window,
            min_life: self.rules.min_life,
            min_length: self.rules.min_outage,
            hysteresis: self.rules.hysteresis,
        }
    }

    /// A question with the default rules.
    ///
    /// # Errors
    /// The window is empty or longer than 400 days, or nothing is to be watched.
    pub fn new(selection: Selection, window: Window) -> Result<Self, StudyError> {
        if window.to <= window.from {
            let what = format!(
                "the window ends at {} and begins at {}",
                window.to, window.from
            );
            return Err(StudyError::new(what).hint("`--to` must be after `--from`; both are UTC"));
        }
        if window.to.0 - window.from.0 > LONGEST {
            let what = "the window is longer than 400 days";
            return Err(StudyError::new(what).hint("ask for it in pieces"));
        }
        let Selection {
            country,
            prefixes,
            asns,
            watch,
            delegated,
        } = &selection;
        if country.is_none() && prefixes.is_empty() && asns.is_empty() && watch.is_none() {
            return Err(StudyError::new("nothing to watch")
                .hint("name a `--country`, `--asn`, `--prefix` or `--watch` file"));
        }
        if country.is_some() && delegated.is_none() {
            let what = "a country needs the registries' statistics of that time";
            return Err(
                StudyError::new(what).hint("give an RIR delegated file with `--delegated FILE`")
            );
        }
        if country.is_none() && delegated.is_some() {
            let what = "`--delegated` without a country";
            return Err(
                StudyError::new(what).hint("name one with `--country`, such as `--country KP`")
            );
        }
        Ok(Self {
            title: None,
            reconstruction: false,
            selection,
            window,
            collectors: Vec::new(),
            rules: Rules::default(),
            sources: Vec::new(),
            published: Vec::new(),
        })
    }
}

/// Reads a country code.
///
/// # Errors
/// It does not have two letters.
pub fn parse_country(text: &str) -> Result<String, String> {
    if text.len() == 2 && text.bytes().all(|b| b.is_ascii_alphabetic()) {
        Ok(text.to_ascii_uppercase())
    } else {
        Err(format!(
            "`{text}` is no country code; write two letters, such as KP"
        ))
    }
}

/// Reads `all`, `ioda`, a share such as 0.75, or a number of prefixes such as 400000.
///
/// # Errors
/// It is none of these.
pub fn parse_feed_rule(text: &str) -> Result<FeedRule, String> {
    let wrong = || {
        format!(
            "`{text}` is no full-feed rule; write `all`, `ioda`, a share such as 0.75, or a number of prefixes"
        )
    };
    match text {
        "all" => Ok(FeedRule::All),
        "ioda" => Ok(FeedRule::Ioda),
        _ => {
            if let Ok(n) = text.parse::<u32>()
                && n > 1
            {
                return Ok(FeedRule::Absolute(n));
            }
            let share = text.parse::<f64>().map_err(|_| wrong())?;
            if !(share > 0.0 && share <= 1.0) {
                return Err(wrong());
            }
            // Whole per mille keep the comparison exact.
            Ok(FeedRule::Share((share * 1000.0).round() as u32))
        }
    }
}

/// Reads `ioda`.
///
/// # Errors
/// It is anything else.
pub fn parse_profile(text: &str) -> Result<Profile, String> {
    match text {
        "ioda" => Ok(Profile::Ioda),
        _ => Err(format!("`{text}` is no profile; there is `ioda`")),
    }
}

/// As [`parse_feed_rule`] reads it.
pub fn feed_rule_text(rule: FeedRule) -> String {
    match rule {
        FeedRule::All => "all".to_owned(),
        FeedRule::Ioda => "ioda".to_owned(),
        FeedRule::Absolute(n) => n.to_string(),
        FeedRule::Share(per_mille) => format!("{}", f64::from(per_mille) / 1000.0),
    }
}

/// A span of whole seconds, in microseconds.
pub const fn seconds(n: u32) -> i64 {
    n as i64 * SECOND
}

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
    /// RIR delegated file, relative to the incident file.
    pub delegated: Option<PathBuf>,
    /// Event table to replay, relative to the incident file.
    pub events: Option<PathBuf>,
    /// As `--full-feed`.
    pub full_feed: Option<String>,
    /// As `--silence`, seconds.
    pub silence: Option<u32>,
    /// As `--min-vantage`.
    pub min_vantage: Option<u32>,
    /// As `--baseline-at`.
    pub baseline_at: Option<toml::value::Datetime>,
    /// Where the published times come from.
    #[serde(default)]
    pub sources: Vec<String>,
    /// What others measured.
    #[serde(default)]
    pub published: Vec<PublishedText>,
    /// Anything worth knowing.
    pub note: Option<String>,
}

/// A `[[published]]` table as written.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublishedText {
    event: String,
    at: toml::value::Datetime,
}

/// Reads an incident file: the study it asks for, and the event table it replays, if it does.
///
/// # Errors
/// It cannot be read, is no valid TOML, has an unknown key, or asks something impossible.
pub fn incident(path: &Path) -> Result<(Study, Option<PathBuf>), StudyError> {
    let place = |e: &dyn std::fmt::Display| format!("`{}`: {e}", path.display());
    let text = std::fs::read_to_string(path).map_err(|e| StudyError::new(place(&e)))?;
    let incident: Incident =
        toml::from_str(&text).map_err(|e| StudyError::new(place(&e.to_string().trim_end())))?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let wrong = |e: String| StudyError::new(place(&e));
    let window = Window {
        from: instant(&incident.from).map_err(wrong)?,
        to: instant(&incident.to).map_err(wrong)?,
    };
    let prefixes = incident.prefixes.iter().map(|p| p.parse());
    let collectors = incident.collectors.iter().map(|c| Collector::new(c));
    let selection = Selection {
        country: incident
            .country
            .as_deref()
            .map(parse_country)
            .transpose()
            .map_err(wrong)?,
        prefixes: prefixes.collect::<Result<_, _>>().map_err(wrong)?,
        asns: incident.asns,
        watch: None,
        delegated: incident.delegated.map(|p| beside(folder, &p)),
    };
    let mut study = Study::new(selection, window).map_err(|e| StudyError {
        what: place(&e.what),
        hint: e.hint,
    })?;
    study.title = incident.title;
    study.reconstruction = incident.reconstruction;
    study.collectors = collectors.collect::<Result<_, _>>().map_err(wrong)?;
    study.sources = incident.sources;
    for published in incident.published {
        study.published.push(Published {
            at: instant(&published.at).map_err(wrong)?,
            event: published.event,
        });
    }
    if let Some(rule) = incident.full_feed {
        study.rules.full_feed = parse_feed_rule(&rule).map_err(wrong)?;
    }
    study.rules.silence = incident.silence.map(seconds);
    study.rules.min_vantage = incident.min_vantage.unwrap_or(study.rules.min_vantage);
    study.rules.baseline_at = incident
        .baseline_at
        .as_ref()
        .map(instant)
        .transpose()
        .map_err(wrong)?;
    Ok((study, incident.events.map(|p| beside(folder, &p))))
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

fn instant(time: &toml::value::Datetime) -> Result<Timestamp, String> {
    Timestamp::parse(&time.to_string())
}

//! Raw arguments → a checked study, its source and its watch list.

use super::args;
use super::{Failure, Printer, encode};
use anyhow::{Context, anyhow};
use dropline::locate::{self, LocateError, Source};
use dropline::model::peer::Collector;
use dropline::model::time::{MINUTE, Timestamp, Window};
use dropline::replay::feed::FeedRule;
use dropline::select::{self, SelectError, WatchItem, WatchList};
use dropline::study::{self, Profile, Selection, Study, seconds};
use std::fs::File;
use std::path::{Path, PathBuf};

/// A study ready to run, but for what its event table holds.
pub struct Question {
    pub study: Study,
    /// Where to read; an event table is encoded first.
    pub source: Place,
}

/// Where the data is.
pub enum Place {
    Archive(PathBuf),
    Files(Vec<PathBuf>),
    Events(PathBuf),
}

/// Checks what was typed. Nothing but the incident file is read.
pub fn check(args: &args::Run) -> Result<Question, Failure> {
    let (mut study, events) = match &args.incident {
        Some(path) => {
            let (study, events) = study::incident(path)?;
            (replaced(study, args)?, events)
        }
        None => (typed(args)?, None),
    };
    rules(&mut study, &args.rules);
    if !args.question.collector.is_empty() {
        study.collectors.clone_from(&args.question.collector);
    }
    study.collectors.sort();
    study.collectors.dedup();
    let source = match (&args.archive, args.file.is_empty(), events) {
        (Some(dir), _, _) => Place::Archive(dir.clone()),
        (None, false, _) if study.collectors.len() == 1 => Place::Files(args.file.clone()),
        (None, false, _) => {
            let error = anyhow!("loose files need to know their collector");
            let hint = "name it with `--collector NAME`: it tells the length of its files";
            return Err(Failure::usage(error).hint(hint));
        }
        (None, true, Some(events)) => Place::Events(events),
        (None, true, None) => {
            let error = anyhow!("nowhere to read from");
            let hint = "name a local mirror with `--archive DIR`, or files with `--file PATH`";
            return Err(Failure::usage(error).hint(hint));
        }
    };
    // Other data than the incident's own table is a measurement.
    study.reconstruction &= matches!(source, Place::Events(_));
    Ok(Question { study, source })
}

fn selection(question: &args::Question) -> Selection {
    Selection {
        country: question.country.clone(),
        prefixes: question.prefix.clone(),
        asns: question.asn.clone(),
        watch: question.watch.clone(),
        delegated: question.delegated.clone(),
    }
}

fn typed(args: &args::Run) -> Result<Study, Failure> {
    let missing = |flag: &str| {
        let error = anyhow!("`{flag}` is missing");
        Failure::usage(error).hint("name the window with `--from` and `--to`, or an incident file")
    };
    let question = &args.question;
    let window = Window {
        from: question.from.ok_or_else(|| missing("--from"))?,
        to: question.to.ok_or_else(|| missing("--to"))?,
    };
    Ok(Study::new(selection(question), window)?)
}

/// An incident's study with what the flags say instead.
fn replaced(incident: Study, args: &args::Run) -> Result<Study, Failure> {
    let question = &args.question;
    let window = Window {
        from: question.from.unwrap_or(incident.window.from),
        to: question.to.unwrap_or(incident.window.to),
    };
    let mut asked = selection(question);
    let names_something = asked.country.is_some()
        || asked.watch.is_some()
        || !asked.prefixes.is_empty()
        || !asked.asns.is_empty();
    if !names_something {
        let delegated = asked.delegated.take();
        asked = incident.selection.clone();
        asked.delegated = delegated.or(asked.delegated);
    }
    let checked = Study::new(asked, window)?;
    Ok(Study {
        selection: checked.selection,
        window,
        ..incident
    })
}

fn rules(study: &mut Study, args: &args::Rules) {
    let rules = &mut study.rules;
    rules.full_feed = args.full_feed.unwrap_or(rules.full_feed);
    if let Some(hours) = args.rib_lookback {
        rules.rib_lookback = i64::from(hours) * 60 * MINUTE;
    }
    rules.silence = args.silence.map(seconds).or(rules.silence);
    rules.min_vantage = args.min_vantage.unwrap_or(rules.min_vantage);
    if let Some(minutes) = args.min_life {
        rules.min_life = i64::from(minutes) * MINUTE;
    }
    if let Some(seconds) = args.min_outage {
        rules.min_outage = self::seconds(seconds);
    }
    rules.hysteresis = args.hysteresis.unwrap_or(rules.hysteresis);
    rules.profile = args.profile.unwrap_or(rules.profile);
    if rules.profile == Profile::Ioda && args.full_feed.is_none() {
        rules.full_feed = FeedRule::Ioda;
    }
    rules.baseline_at = args.baseline_at.or(rules.baseline_at);
    rules.exclude_route_servers |= args.exclude_route_servers;
}

/// Makes the source ready to be read; an event table becomes an archive in the output folder.
pub fn source(place: Place, output: &Path, printer: Printer) -> Result<Source, Failure> {
    match place {
        Place::Archive(dir) => Ok(Source::Mirror(dir)),
        Place::Files(files) => Ok(Source::Files(files)),
        Place::Events(events) => {
            let dir = output.join("archive");
            if dir.exists() {
                let cleared = std::fs::remove_dir_all(&dir);
                cleared
                    .with_context(|| format!("cannot replace `{}`", dir.display()))
                    .map_err(Failure::failed)?;
            }
            let files = encode::table(&events, &dir)?;
            let (n, table, dir) = (files.len(), events.display(), dir.display());
            let files = if n == 1 { "file" } else { "files" };
            printer.say(format_args!("{n} {files} made from `{table}` in `{dir}`"));
            Ok(Source::Encoded(output.join("archive")))
        }
    }
}

/// The collectors to read: those named, or all that the source holds.
pub fn collectors(study: &Study, source: &Source) -> Result<Vec<Collector>, Failure> {
    if !study.collectors.is_empty() {
        return Ok(study.collectors.clone());
    }
    let dir = match source {
        Source::Mirror(dir) | Source::Encoded(dir) => dir,
        Source::Files(_) => return Ok(Vec::new()),
    };
    let found = locate::collectors(dir).map_err(locate_failure)?;
    if found.is_empty() {
        return Err(locate_failure(LocateError::NoArchive(dir.clone())));
    }
    Ok(found)
}

/// A failure to find files, with what to do.
pub fn locate_failure(error: LocateError) -> Failure {
    let hint = match &error {
        LocateError::NoCollector { found, .. } => {
            let found: Vec<&str> = found.iter().map(Collector::name).collect();
            format!("it holds {}", found.join(", "))
        }
        LocateError::NoArchive(_) => "an archive is laid out like \
            `rrc00/2014.12/updates.20141222.1600.gz` or \
            `route-views.sydney/bgpdata/2014.12/UPDATES/updates.20141222.1600.bz2`"
            .to_owned(),
        LocateError::NoTime(_) => {
            "name it like `updates.20141222.1600.gz`, or check that it is MRT".to_owned()
        }
        LocateError::Io { .. } => "check the path and its permissions".to_owned(),
    };
    let code = match error {
        LocateError::Io { .. } => 1,
        _ => 2,
    };
    Failure {
        code,
        ..Failure::failed(error).hint(hint)
    }
}

/// The watch list, with what the named files say.
pub fn watch_list(study: &Study, printer: Printer) -> Result<WatchList, Failure> {
    let selection = &study.selection;
    let prefixes = selection.prefixes.iter().copied();
    let mut items: Vec<WatchItem> =
        select::asked(prefixes, selection.asns.iter().copied()).collect();
    if let Some(path) = &selection.watch {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read `{}`", path.display()))
            .map_err(Failure::usage)?;
        items.extend(select::read_watch(&text).map_err(|e| select_failure(e, path))?);
    }
    if let (Some(country), Some(path)) = (&selection.country, &selection.delegated) {
        items.extend(registered(country, path, study.window, printer)?);
    }
    let list = WatchList::new(items);
    if list.items().is_empty() {
        let error = anyhow!("the watch list is empty");
        let hint = "check the country code, and that the file is of the registry that serves it";
        return Err(Failure::usage(error).hint(hint));
    }
    Ok(list)
}

fn registered(
    country: &str,
    path: &Path,
    window: Window,
    printer: Printer,
) -> Result<Vec<WatchItem>, Failure> {
    let file = File::open(path)
        .with_context(|| format!("cannot open `{}`", path.display()))
        .map_err(Failure::usage)?;
    let found = select::read_delegated(file, country).map_err(|e| select_failure(e, path))?;
    let name = path.display();
    if found.skipped_lines > 0 {
        let (n, first) = (found.skipped_lines, found.first_skipped.unwrap_or(0));
        printer.say(format_args!(
            "warning: {n} lines of `{name}` cannot be read, the first is line {first}"
        ));
    }
    let dated = found.date.and_then(day).filter(|&day| day >= window.from);
    if let Some(day) = dated {
        let from = window.from;
        printer.say(format_args!(
            "warning: `{name}` describes {day}, which is not before the window ({from})"
        ));
        printer.say("hint: take the newest file not after the day before the window");
    }
    let (registry, n) = (&found.registry, found.items.len());
    printer.detail(format_args!(
        "{n} resources of {country} registered with {registry}"
    ));
    Ok(found.items)
}

fn day(yyyymmdd: u32) -> Option<Timestamp> {
    Timestamp::parse_stamp(&format!("{yyyymmdd:08}.0000"))
}

fn select_failure(error: SelectError, path: &Path) -> Failure {
    let hint = error.hint();
    let error = anyhow::Error::new(error).context(format!("`{}`", path.display()));
    Failure::usage(error).hint(hint)
}

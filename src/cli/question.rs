//! The question in the arguments: a checked study, and where its files are.

use super::downloads::Downloads;
use super::error::CommandError;
use super::printer::Printer;
use super::{args, event_table, network};
use crate::decode;
use crate::disk::text;
use crate::locate::{CollectorFiles, LocalSource};
use crate::model::peer::Collector;
use crate::model::time::{TimeDelta, Window};
use crate::run::{self, FileSource};
use crate::study::OptionalSpace;
use crate::study::incident::{self, Data, Events};
use crate::study::{self, Rules, Selection, Study, StudyError, bundled};
use anyhow::{Context, anyhow};
use std::path::{Path, PathBuf};

/// A checked study, and where its files are.
pub(crate) struct CheckedQuestion {
    pub study: Study,
    /// Where to read. An event table is encoded into an archive first.
    pub source: FileLocation,
}

/// Where the files of a study are.
pub(crate) enum FileLocation {
    Archive(PathBuf),
    Files(Vec<PathBuf>),
    Events(Events),
    /// The public archives, or the cache.
    Network,
}

/// Checks the arguments. Only the incident file is read.
pub(crate) fn check(args: &args::RunArgs) -> Result<CheckedQuestion, CommandError> {
    let (mut study, events) = match &args.incident {
        Some(path) => {
            let (study, events) = kept(path)?;
            (replaced(study, args)?, events)
        }
        None => (typed(args)?, None),
    };
    // Only where no flag names other files: those of the incident may not be at hand.
    let archive = match (&args.archive, &args.incident) {
        (Some(dir), _) => Some(dir.clone()),
        (None, Some(path)) if args.file.is_empty() => archive(path)?,
        _ => None,
    };
    let applied = args.rules.0.apply(&mut study.rules);
    applied.map_err(|e| CommandError::usage(anyhow!(e)))?;
    if !args.question.collector.is_empty() {
        study.collectors.clone_from(&args.question.collector);
    }
    study.collectors.sort();
    study.collectors.dedup();
    let source = match (archive, args.file.is_empty(), events) {
        (Some(dir), _, _) => FileLocation::Archive(dir),
        (None, false, _) if study.collectors.len() == 1 => FileLocation::Files(args.file.clone()),
        (None, false, _) => {
            let error = anyhow!("loose files need the name of their collector");
            let hint =
                "name it with `--collector NAME`: the time that one file spans depends on it";
            return Err(CommandError::usage(error).hint(hint));
        }
        (None, true, Some(events)) => FileLocation::Events(events),
        (None, true, None) => {
            name_collectors(&study.collectors)?;
            FileLocation::Network
        }
    };
    // With other files than the incident's own event table the run is a measurement.
    let brought = args.archive.is_none() && args.file.is_empty() && study.archive.is_some();
    study.reconstruction &= brought || matches!(source, FileLocation::Events(_));
    Ok(CheckedQuestion { study, source })
}

/// The archive that an incident file names.
fn archive(path: &Path) -> Result<Option<PathBuf>, CommandError> {
    if !path.is_file() {
        return Ok(None);
    }
    match incident::case(path)?.data {
        Data::Archive(dir) => Ok(Some(dir)),
        Data::Mirror(dir) => match std::env::var_os("DROPLINE_MIRROR") {
            Some(mirror) => Ok(Some(Path::new(&mirror).join(dir))),
            None => {
                let error = anyhow!(
                    "`{}` reads a mirror, and DROPLINE_MIRROR is not set",
                    path.display()
                );
                Err(CommandError::usage(error)
                    .hint("set DROPLINE_MIRROR to the folder that holds the archives"))
            }
        },
        Data::Events(_) | Data::Public => Ok(None),
    }
}

/// The public archives are asked for collectors by name; only a local mirror can be listed.
fn name_collectors(collectors: &[Collector]) -> Result<(), CommandError> {
    if !collectors.is_empty() {
        return Ok(());
    }
    let error =
        anyhow!("no collector is named, and there is no local mirror to take all of them from");
    Err(CommandError::usage(error).hint(
        "name some with `--collector NAME`, such as rrc00, rrc01, route-views2 or \
         route-views.sydney; or a local mirror with `--archive DIR`",
    ))
}

/// The part of a question that says which files it needs.
pub(crate) struct FilesQuestion {
    /// What is watched; empty where the question does not say.
    pub selection: Selection,
    pub collectors: Vec<Collector>,
    pub window: Window,
    /// How far before the window the RIB to start from may be.
    pub lookback: TimeDelta,
}

/// Checks the part of a question that says which files it needs.
pub(crate) fn check_files(args: &args::FilesArgs) -> Result<FilesQuestion, CommandError> {
    let question = &args.question;
    let kept = args.incident.as_deref().map(kept).transpose()?;
    let kept = kept.map(|(study, _)| study);
    let missing = |flag: &str| {
        let error = anyhow!("`{flag}` is missing");
        CommandError::usage(error)
            .hint("name the window with `--from` and `--to`, or an incident file")
    };
    let window = kept.as_ref().map(|study| study.window);
    let from = question.from.or(window.map(|w| w.from));
    let to = question.to.or(window.map(|w| w.to));
    let window = Window {
        from: from.ok_or_else(|| missing("--from"))?,
        to: to.ok_or_else(|| missing("--to"))?,
    };
    study::check_window(window)?;
    let selection = match &kept {
        Some(study) => selection_instead(&study.selection, &question.watched),
        None => selection(&question.watched),
    };
    let mut collectors = question.collector.clone();
    let mut rules = Rules::default();
    if let Some(study) = kept {
        rules = study.rules;
        if collectors.is_empty() {
            collectors = study.collectors;
        }
    }
    let applied = args.rules.0.apply(&mut rules);
    applied.map_err(|e| CommandError::usage(anyhow!(e)))?;
    name_collectors(&collectors)?;
    collectors.sort();
    collectors.dedup();
    Ok(FilesQuestion {
        selection,
        collectors,
        window,
        lookback: rules.rib_lookback,
    })
}

/// The question of an incident file, or of a bundled incident by its name.
pub(crate) fn kept(path: &Path) -> Result<(Study, Option<Events>), StudyError> {
    let name = path
        .to_str()
        .filter(|name| !name.contains(['/', '\\', '.']));
    let found = match name {
        Some(name) if !path.exists() => bundled::named(name),
        _ => None,
    };
    if let Some(bundled) = found {
        return bundled.study();
    }
    let read = incident::read(path);
    read.map_err(|error| match (&error.hint, name) {
        (None, Some(_)) => StudyError {
            hint: Some("`dropline incidents` lists those that come with the program".to_owned()),
            ..error
        },
        _ => error,
    })
}

/// What the flags say is watched.
pub(crate) fn selection(watched: &args::WatchArgs) -> Selection {
    Selection {
        country: watched.country.clone(),
        prefixes: watched.prefix.clone(),
        asns: watched.asn.clone(),
        watch: watched.watch.clone(),
        delegated: watched.delegated.clone(),
        optional_space: match watched.with_optional {
            true => OptionalSpace::Included,
            false => OptionalSpace::Excluded,
        },
    }
}

/// What an incident watches, overridden by the flags.
pub(crate) fn selection_instead(kept: &Selection, watched: &args::WatchArgs) -> Selection {
    let mut asked = selection(watched);
    let names_something = asked.country.is_some()
        || asked.watch.is_some()
        || !asked.prefixes.is_empty()
        || !asked.asns.is_empty();
    if names_something {
        return asked;
    }
    let (delegated, optional_space) = (std::mem::take(&mut asked.delegated), asked.optional_space);
    asked = kept.clone();
    if !delegated.is_empty() {
        asked.delegated = delegated;
    }
    if optional_space == OptionalSpace::Included {
        asked.optional_space = optional_space;
    }
    asked
}

fn typed(args: &args::RunArgs) -> Result<Study, CommandError> {
    let missing = |flag: &str| {
        let error = anyhow!("`{flag}` is missing");
        CommandError::usage(error)
            .hint("name the window with `--from` and `--to`, or an incident file")
    };
    let question = &args.question;
    let window = Window {
        from: question.from.ok_or_else(|| missing("--from"))?,
        to: question.to.ok_or_else(|| missing("--to"))?,
    };
    Ok(Study::new(selection(&question.watched), window)?)
}

/// An incident's study, overridden by the flags.
fn replaced(incident: Study, args: &args::RunArgs) -> Result<Study, CommandError> {
    let question = &args.question;
    let window = Window {
        from: question.from.unwrap_or(incident.window.from),
        to: question.to.unwrap_or(incident.window.to),
    };
    let asked = selection_instead(&incident.selection, &question.watched);
    let kept = incident.watch_list.clone();
    let watch_list = kept.filter(|_| asked == incident.selection);
    let checked = Study::new(asked, window)?;
    Ok(Study {
        watch_list,
        selection: checked.selection,
        window,
        ..incident
    })
}

/// The files of a study that are needed besides its own run, by collector.
pub(crate) fn files(
    study: &Study,
    place: FileLocation,
    args: &args::RunArgs,
    printer: Printer,
) -> Result<Vec<CollectorFiles>, CommandError> {
    if !matches!(place, FileLocation::Network) {
        let source = FileSource::Local(local_source(place, args, printer)?);
        return Ok(run::files(study, &source)?);
    }
    let fetcher = network::fetcher(&args.network)?;
    let locator = network::locator(&args.network, &fetcher);
    let downloads = Downloads::new(printer);
    let source = FileSource::Network {
        fetcher: &fetcher,
        locator: &locator,
        downloads: &downloads,
    };
    let files = run::files(study, &source);
    downloads.finish();
    network::print_warnings(&locator, printer);
    let files = files?;
    network::print_located(&files, &downloads, printer);
    Ok(files)
}

/// The local files of a study. An event table becomes an archive in the output folder.
pub(crate) fn local_source(
    place: FileLocation,
    args: &args::RunArgs,
    printer: Printer,
) -> Result<LocalSource, CommandError> {
    let events = match place {
        FileLocation::Archive(dir) => return Ok(LocalSource::Mirror(dir)),
        FileLocation::Files(files) => return Ok(LocalSource::Files(decode::loose_files(files))),
        FileLocation::Network => return Ok(LocalSource::Files(decode::loose_files(Vec::new()))),
        FileLocation::Events(events) => events,
    };
    let dir = args.output.join("archive");
    if dir.exists() {
        let cleared = std::fs::remove_dir_all(&dir);
        cleared
            .with_context(|| format!("cannot replace `{}`", dir.display()))
            .map_err(CommandError::failed)?;
    }
    let (table, files) = match &events {
        Events::File(path) => (
            path.display().to_string(),
            event_table::encode_file(path, &dir, text::read)?,
        ),
        Events::Text(name, text) => (
            (*name).to_owned(),
            event_table::encode_text(name, text, &dir)?,
        ),
    };
    let n = files.len();
    let files = if n == 1 { "file" } else { "files" };
    printer.say(format_args!(
        "{n} {files} made from `{table}` in `{}`",
        dir.display()
    ));
    Ok(LocalSource::Encoded(dir))
}

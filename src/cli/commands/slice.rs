//! `dropline slice`.

use crate::cli::error::CommandError;
use crate::cli::exit::ExitStatus;
use crate::cli::interrupt::ScratchFolder;
use crate::cli::output::cannot_write;
use crate::cli::printer::Printer;
use crate::cli::progress::StageBar;
use crate::cli::question::{self, CheckedQuestion, FileLocation};
use crate::cli::{args, execute, watch_list};
use crate::locate::CollectorFiles;
use crate::model::archive::Url;
use crate::pipeline;
use crate::slice::{self, SlicedFile};
use crate::study::Study;
use crate::study::rules::{RULES, RuleValue};
use crate::verify::equivalence;
use crate::watchlist::WatchList;
use crate::write::Output;
use anyhow::{Context, anyhow};
use std::fmt::Write;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// How much less is cut from the tables, attempt by attempt, while the run on the slice differs.
const ATTEMPTS: [u32; 3] = [0, 3, 64];

/// Cuts an archive down to a small one, and verifies it by running both.
pub(crate) fn slice(args: &args::RunArgs, printer: Printer) -> Result<ExitStatus, CommandError> {
    if args.manifest.is_some() {
        let error = anyhow!("a slice is cut from a question, not from a `run.json`");
        return Err(CommandError::usage(error)
            .hint("name an incident file, or write the question as flags"));
    }
    let dir = args.output.as_path();
    let part = sibling_folder(dir)?;
    // Before an empty output folder is removed: the question may be wrong.
    let question = question::check(args)?;
    free_output_path(dir)?;
    execute::set_threads(args.threads)?;
    // The slice gets its name only after it has been verified.
    if part.is_dir() {
        fs::remove_dir_all(&part).map_err(|e| cannot_write(&part, e))?;
    }
    fs::create_dir_all(&part).map_err(|e| cannot_write(&part, e))?;
    let scratch = ScratchFolder::of(part);
    let part = scratch.path();
    let (outcome, sliced) = cut(args, question, part, printer)?;
    fs::remove_dir_all(part.join(WORK)).map_err(|e| cannot_write(part, e))?;
    scratch.rename_to(dir).map_err(|e| cannot_write(dir, e))?;
    print_summary(&sliced, dir, printer);
    Ok(outcome)
}

/// Checks before the work begins that the output path is free, and removes an empty folder there. One
/// that cannot be removed, such as a mount point, is an error.
fn free_output_path(dir: &Path) -> Result<(), CommandError> {
    let taken = |what: &str| {
        let error = anyhow!("`{}` is {what}", dir.display());
        Err(CommandError::usage(error).hint("name a new folder with `-o DIR`"))
    };
    match fs::symlink_metadata(dir) {
        Ok(there) if there.is_symlink() => taken("a link"),
        Ok(there) if !there.is_dir() => taken("not empty"),
        Ok(_) => match fs::remove_dir(dir) {
            Ok(()) => Ok(()),
            Err(e) if e.kind() == ErrorKind::DirectoryNotEmpty => taken("not empty"),
            Err(e) => {
                let hint = "name a new folder with `-o DIR`";
                Err(cannot_write(dir, e).hint(hint))
            }
        },
        // Any other problem shows when the folder is created.
        Err(_) => Ok(()),
    }
}

/// The sibling folder in which the work is done.
fn sibling_folder(dir: &Path) -> Result<PathBuf, CommandError> {
    let Some(name) = dir.file_name() else {
        let error = anyhow!("`{}` has no name", dir.display());
        return Err(CommandError::usage(error).hint("name a new folder with `-o DIR`"));
    };
    let mut name = name.to_owned();
    name.push(".part");
    Ok(dir.with_file_name(name))
}

const WORK: &str = "work.part";
const INCIDENT: &str = "incident.toml";
const WATCH: &str = "watch.json";
const README: &str = "README.md";

fn cut(
    args: &args::RunArgs,
    question: CheckedQuestion,
    dir: &Path,
    printer: Printer,
) -> Result<(ExitStatus, Vec<SlicedFile>), CommandError> {
    let work = dir.join(WORK);
    let mut inner = args.clone();
    inner.output.clone_from(&work);
    inner.csv = true;
    let CheckedQuestion { mut study, source } = question;
    let list = watch_list::of_study(&study, &inner, printer)?;
    fs::create_dir_all(&work).map_err(|e| cannot_write(&work, e))?;
    let mut holdings = question::files(&study, source, &inner, printer)?;
    for held in &mut holdings {
        publish(held);
    }
    study.collectors = holdings.iter().map(|h| h.collector.clone()).collect();
    let whole = work.join("whole");
    let output = Output::open(&whole, &study, true)?;
    let mut output = Some(output);
    let mut differs = None;
    for finer in ATTEMPTS {
        let bar = StageBar::new(printer);
        let replayed = pipeline::replay(&study, &list, holdings.clone(), None, &bar);
        bar.finish();
        let replayed = replayed?;
        let archive = dir.join("archive");
        let sliced = slice::cut(&study, &list, &replayed, finer, &archive);
        let sliced = sliced?;
        if let Some(output) = output.take() {
            output.write(&pipeline::count(&study, &list, replayed))?;
        }
        put(
            &dir.join(WATCH),
            &list.to_json().map_err(CommandError::failed)?,
        )?;
        put(&dir.join(INCIDENT), &incident(&study))?;
        let (expected, outcome) = replay_slice(&inner, dir, printer)?;
        differs = equivalence::difference(&whole, &expected)?;
        if differs.is_none() {
            only_csv(&expected)?;
            put(&dir.join(README), &readme(&study, &list, &sliced))?;
            return Ok((outcome, sliced));
        }
    }
    let what = differs.unwrap_or_default();
    let error = anyhow!("the slice does not replay to the same tables: {what}");
    Err(CommandError::failed(error)
        .hint("the slice was removed; please report this with the incident file"))
}

/// Loose and encoded files get the URLs that they would have in an archive. Missing RIBs are dropped:
/// the slice does not expect them.
fn publish(held: &mut CollectorFiles) {
    held.missing.retain(|lost| lost.kind.is_updates());
    for file in held.ribs.iter_mut().chain(&mut held.updates) {
        file.url = Url::Published;
    }
}

/// Runs the slice as its users will: by its incident file alone.
fn replay_slice(
    args: &args::RunArgs,
    dir: &Path,
    printer: Printer,
) -> Result<(PathBuf, ExitStatus), CommandError> {
    let path = dir.join(INCIDENT);
    let (study, _) = question::kept(&path)?;
    let archive = FileLocation::Archive(study.archive.clone().unwrap_or_default());
    let expected = dir.join("expected");
    let output = Output::open(&expected, &study, true)?;
    let findings = execute::findings(&study, archive, args, None, printer)?;
    output.write(&findings)?;
    let outcome = match findings.is_incomplete() {
        true => ExitStatus::Incomplete,
        false => ExitStatus::Done,
    };
    Ok((expected, outcome))
}

/// Only CSV is kept: the expected tables are compared as text.
fn only_csv(expected: &Path) -> Result<(), CommandError> {
    let entries = fs::read_dir(expected).map_err(|e| failed(expected, e))?;
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.extension().is_some_and(|end| end == "parquet") {
            fs::remove_file(&path).map_err(|e| cannot_write(&path, e))?;
        }
    }
    Ok(())
}

/// The incident file of a slice: all of the question and the rules, so that no flag is needed.
fn incident(study: &Study) -> String {
    let mut table = toml::Table::new();
    let mut set = |key: &str, value: toml::Value| {
        table.insert(key.to_owned(), value);
    };
    let list = |texts: Vec<String>| toml::Value::Array(texts.into_iter().map(Into::into).collect());
    let time = |t: crate::model::time::Timestamp| -> Option<toml::Value> {
        let text = t.to_string();
        text.parse::<toml::value::Datetime>().ok().map(Into::into)
    };
    if let Some(title) = &study.title {
        set("title", title.as_str().into());
    }
    if let Some(note) = &study.note {
        set("note", note.as_str().into());
    }
    if study.reconstruction {
        set("reconstruction", true.into());
    }
    let selection = &study.selection;
    if let Some(country) = &selection.country {
        set("country", country.as_str().into());
    }
    let asns = selection.asns.iter().map(|a| i64::from(*a).into());
    set("asns", toml::Value::Array(asns.collect()));
    let prefixes = selection.prefixes.iter().map(ToString::to_string);
    set("prefixes", list(prefixes.collect()));
    if selection.country.is_none() && selection.asns.is_empty() && selection.prefixes.is_empty() {
        set("watch", WATCH.into());
    }
    if selection.optional_space == crate::study::OptionalSpace::Included {
        set("with_optional", true.into());
    }
    set("watch_list", WATCH.into());
    set("archive", "archive".into());
    for (key, at) in [("from", study.window.from), ("to", study.window.to)] {
        if let Some(at) = time(at) {
            set(key, at);
        }
    }
    let collectors = study.collectors.iter().map(ToString::to_string);
    set("collectors", list(collectors.collect()));
    for rule in &RULES {
        let value = rule.value(&study.rules).and_then(|value| match value {
            RuleValue::Text(text) => Some(text.into()),
            RuleValue::Number(n) => Some(n.into()),
            RuleValue::Time(at) => time(at),
            RuleValue::Switch(is_on) => Some(is_on.into()),
        });
        if let Some(value) = value {
            set(rule.key, value);
        }
    }
    set("sources", list(study.sources.clone()));
    let published = study.published.iter().map(|p| {
        let mut one = toml::Table::new();
        one.insert("event".to_owned(), p.event.as_str().into());
        if let Some(at) = time(p.at) {
            one.insert("at".to_owned(), at);
        }
        if let Some(certainty) = p.certainty {
            one.insert("certainty".to_owned(), certainty.label().into());
        }
        if let Some(source) = &p.source {
            one.insert("source".to_owned(), source.as_str().into());
        }
        toml::Value::Table(one)
    });
    let published: Vec<toml::Value> = published.collect();
    if !published.is_empty() {
        set("published", toml::Value::Array(published));
    }
    format!(
        "# A slice that dropline {} cut; `dropline run` on this file reads the archive beside it.\n{table}",
        env!("CARGO_PKG_VERSION")
    )
}

fn readme(study: &Study, list: &WatchList, sliced: &[SlicedFile]) -> String {
    let mut text = format!(
        "# {}\n\nA slice of an archive, cut by dropline {}: the records that matter to {} watched \
         blocks and ASes. Records are as they were and at their old offsets; what was dropped left \
         padding (MRT type NULL). Tables are thinned: their sizes, and the numbers of records, are \
         the slice's own.\n\n`dropline run {INCIDENT}` replays it. The tables in `expected/` were \
         made so, by the same program; those of the whole archive were compared and are the same, \
         byte for byte, but for what describes the files.\n\n\
         RouteViews data: CC BY 4.0, University of Oregon RouteViews Project. RIS data: RIPE NCC.\n\n\
         | file | cut from | SHA-256 of the whole | bytes before | bytes | records before | records |\n\
         |---|---|---|---|---|---|---|\n",
        study.title.as_deref().unwrap_or("A slice"),
        env!("CARGO_PKG_VERSION"),
        list.items().len(),
    );
    for s in sliced {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} |",
            s.path, s.url, s.sha256, s.bytes_before, s.bytes, s.records_before, s.records
        );
    }
    text
}

fn print_summary(sliced: &[SlicedFile], dir: &Path, printer: Printer) {
    let sum = |of: fn(&SlicedFile) -> u64| sliced.iter().map(of).sum::<u64>();
    let (before, bytes) = (sum(|s| s.bytes_before), sum(|s| s.bytes));
    let (of, records) = (sum(|s| s.records_before), sum(|s| s.records));
    let (n, dir) = (sliced.len(), dir.display());
    printer.say(format_args!(
        "{n} files cut from {before} to {bytes} bytes, {records} of {of} records"
    ));
    printer.say(format_args!(
        "it replays to the same tables: `dropline run {dir}/{INCIDENT}`"
    ));
}

fn put(path: &Path, text: &str) -> Result<(), CommandError> {
    fs::write(path, text).map_err(|e| cannot_write(path, e))
}

fn failed(path: &Path, error: std::io::Error) -> CommandError {
    let error = Err::<(), _>(error).with_context(|| format!("cannot use `{}`", path.display()));
    let error = error.err().unwrap_or_else(|| anyhow!("unknown"));
    CommandError::failed(error).hint("check the path, its permissions and the disk")
}

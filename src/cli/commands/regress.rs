//! `dropline regress`: runs every archived incident of a folder, and compares each with what is
//! expected of it.

use crate::cli::args::{self, Cli, Command};
use crate::cli::comparison::{self, CaseOutcome, ComparisonCase};
use crate::cli::error::CommandError;
use crate::cli::execute;
use crate::cli::exit::ExitStatus;
use crate::cli::interrupt::ScratchFolder;
use crate::cli::output::{cannot_write, print_data};
use crate::cli::printer::Printer;
use crate::study::incident::{self, Data};
use crate::verify::{self, Report, Tolerances, expectations};
use anyhow::{Context, anyhow};
use clap::Parser;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Folder of an incident with its expected tables, which `--bless` replaces.
const EXPECTED: &str = "expected";

/// An archived incident: its file, and the folder that its expected tables are in.
struct Archived {
    name: String,
    incident: PathBuf,
    folder: PathBuf,
}

pub(crate) fn regress(
    args: &args::RegressArgs,
    printer: Printer,
) -> Result<ExitStatus, CommandError> {
    let allowed = comparison::tolerances(&args.allowed)?;
    let mut archived = find(&args.dir)?;
    if !args.only.is_empty() {
        for name in &args.only {
            if !archived.iter().any(|a| a.name == *name) {
                let names: Vec<&str> = archived.iter().map(|a| a.name.as_str()).collect();
                let error = anyhow!("`{}` has no incident `{name}`", args.dir.display());
                return Err(CommandError::usage(error).hint(format!("it has {}", names.join(", "))));
            }
        }
        archived.retain(|a| args.only.contains(&a.name));
    }
    let runs = Runs::make(args.output.as_deref())?;
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = args
        .threads
        .map_or(threads, usize::from)
        .min(archived.len());
    let next = AtomicUsize::new(0);
    let done: Mutex<BTreeMap<usize, ComparisonCase>> = Mutex::new(BTreeMap::new());
    // Threads of their own: the runs share the thread pool.
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(of) = archived.get(place) else {
                        return;
                    };
                    let out = runs.path.join(&of.name);
                    let ending = one(of, &out, args, &allowed);
                    let case = ComparisonCase {
                        name: of.name.clone(),
                        file: Some(of.incident.display().to_string()),
                        ending,
                    };
                    printer.detail(format_args!("{}: {}", case.name, case.label()));
                    if let Ok(mut done) = done.lock() {
                        done.insert(place, case);
                    }
                }
            });
        }
    });
    let cases: Vec<ComparisonCase> = done
        .into_inner()
        .unwrap_or_default()
        .into_values()
        .collect();
    print_data(&comparison::render(
        &cases,
        args.report.format,
        args.report.most,
    ))?;
    let count = |label: &str| cases.iter().filter(|c| c.label() == label).count();
    let (pass, differs, failed, skipped) = (
        count("pass"),
        count("DIFFERS"),
        count("FAILED"),
        count("skipped"),
    );
    printer.say(format_args!(
        "{pass} pass, {differs} differ, {failed} failed, {skipped} skipped"
    ));
    if differs > 0 {
        return Ok(ExitStatus::Differs);
    }
    if failed > 0 || pass == 0 {
        let error = anyhow!(
            "{failed} of {} incidents could not be run or compared",
            cases.len()
        );
        let hint = "the lines above say why; if all are skipped, set DROPLINE_MIRROR";
        return Err(CommandError::failed(error).hint(hint));
    }
    Ok(ExitStatus::Done)
}

/// The incidents of a folder: `NAME.toml` with `NAME/expected`, `NAME/incident.toml` with
/// `NAME/expected`, or the folder itself where it has an `incident.toml`.
fn find(dir: &Path) -> Result<Vec<Archived>, CommandError> {
    let text = |name: Option<&OsStr>| name.unwrap_or_default().to_string_lossy().into_owned();
    if dir.join("incident.toml").is_file() {
        return Ok(vec![Archived {
            name: text(dir.file_name()),
            incident: dir.join("incident.toml"),
            folder: dir.to_owned(),
        }]);
    }
    let entries =
        std::fs::read_dir(dir).with_context(|| format!("cannot read `{}`", dir.display()));
    let entries = entries.map_err(|e| {
        CommandError::failed(e).hint("name a folder of incidents, such as data/regression")
    })?;
    let mut paths: Vec<PathBuf> = entries.filter_map(|e| e.ok().map(|e| e.path())).collect();
    paths.sort();
    let mut found: Vec<Archived> = Vec::new();
    for path in paths {
        let inner = path.join("incident.toml");
        // A folder's name may have dots in it, as a date has.
        let (name, incident, folder) = if inner.is_file() {
            (text(path.file_name()), inner, path.clone())
        } else if path.extension().is_some_and(|e| e == "toml") && path.is_file() {
            let folder = path.with_extension("");
            (text(path.file_stem()), path, folder)
        } else {
            continue;
        };
        if let Some(other) = found.iter().find(|other| other.name == name) {
            let (one, two) = (other.incident.display(), incident.display());
            let error = anyhow!("two incidents are called `{name}`: `{one}` and `{two}`");
            return Err(CommandError::usage(error).hint("rename one of them"));
        }
        found.push(Archived {
            name,
            incident,
            folder,
        });
    }
    if found.is_empty() {
        let error = anyhow!("`{}` has no incident", dir.display());
        return Err(
            CommandError::usage(error).hint("an incident is NAME.toml, or NAME/incident.toml")
        );
    }
    Ok(found)
}

fn one(of: &Archived, out: &Path, args: &args::RegressArgs, allowed: &Tolerances) -> CaseOutcome {
    let told = |f: CommandError| {
        let hint = f.hint.map(|h| format!("; hint: {h}")).unwrap_or_default();
        CaseOutcome::Failed(format!("{:#}{hint}", f.error))
    };
    match compared(of, out, args, allowed) {
        Ok(ending) => ending,
        Err(failure) => told(failure),
    }
}

fn compared(
    of: &Archived,
    out: &Path,
    args: &args::RegressArgs,
    allowed: &Tolerances,
) -> Result<CaseOutcome, CommandError> {
    let case = incident::case(&of.incident)?;
    if let Data::Mirror(_) = case.data
        && std::env::var_os("DROPLINE_MIRROR").is_none()
    {
        return Ok(CaseOutcome::Skipped(
            "it reads whole archives, and DROPLINE_MIRROR is not set".to_owned(),
        ));
    }
    if case.data == Data::Public {
        return Ok(CaseOutcome::Skipped(
            "its incident file names no data: `events`, `archive` or `mirror`".to_owned(),
        ));
    }
    let typed = [
        "dropline".as_ref(),
        "run".as_ref(),
        of.incident.as_os_str(),
        "-o".as_ref(),
        out.as_os_str(),
    ];
    let cli = Cli::try_parse_from(typed).map_err(CommandError::usage)?;
    let Command::Run(mut asked) = cli.command else {
        return Err(CommandError::failed(anyhow!("no run")));
    };
    asked.rules = args.rules.clone();
    // What is archived needs no network, and must not change with it.
    asked.network.offline = true;
    // The runs are removed, so nobody would see a report.
    asked.no_report = args.output.is_none();
    execute::ask(&asked, Printer::Quiet)?;
    let most = args.report.most;
    let expected = of.folder.join(EXPECTED);
    let has_tables = expected.is_dir();
    if args.bless {
        verify::bless(out, &expected)?;
    } else if !has_tables && case.expectations.is_empty() && case.witness.is_empty() {
        let error = anyhow!("no expected tables and no `[[expect]]`");
        return Err(CommandError::usage(error)
            .hint("`--bless` saves the present tables as the expected ones"));
    }
    let mut report = Report {
        expectations: expectations::check(out, &case.expectations)?,
        ..Report::default()
    };
    report.add(verify::files(out, &case.witness, allowed, most)?);
    if has_tables || args.bless {
        report.add(verify::folders(out, &expected, allowed, most)?);
    }
    Ok(CaseOutcome::Compared(report))
}

/// The folder of the runs while they are compared; kept with `--output`.
struct Runs {
    path: PathBuf,
    _scratch: Option<ScratchFolder>,
}

impl Runs {
    fn make(asked: Option<&Path>) -> Result<Self, CommandError> {
        let own = || std::env::temp_dir().join(format!("dropline-regress-{}", std::process::id()));
        let path = asked.map_or_else(own, Path::to_owned);
        let scratch = asked.is_none().then(|| ScratchFolder::of(path.clone()));
        std::fs::create_dir_all(&path).map_err(|e| cannot_write(&path, e))?;
        Ok(Self {
            path,
            _scratch: scratch,
        })
    }
}

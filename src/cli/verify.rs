//! `dropline verify`.

use super::args;
use super::told::{self, Case, Ending};
use super::{Failure, Outcome, Printer, data};
use anyhow::anyhow;
use dropline::study::incident;
use dropline::verify::tolerance::{self, Target};
use dropline::verify::{self, Report, Tolerances, VerifyError, expectations};

pub fn verify(args: &args::Verify, printer: Printer) -> Result<Outcome, Failure> {
    let allowed = tolerances(&args.allowed)?;
    let most = args.report.most;
    let is_incident = args.expected.extension().is_some_and(|e| e == "toml");
    let report = match is_incident {
        false => verify::folders(&args.out, &args.expected, &allowed, most).map_err(failure)?,
        true => {
            let case = incident::case(&args.expected)?;
            if case.expectations.is_empty() && case.witness.is_empty() {
                let error = anyhow!("`{}` expects nothing", args.expected.display());
                return Err(
                    Failure::usage(error).hint("say what is expected in `[[expect]]` tables")
                );
            }
            let mut report = Report {
                verdicts: expectations::check(&args.out, &case.expectations).map_err(failure)?,
                ..Report::default()
            };
            report.add(verify::files(&args.out, &case.witness, &allowed, most).map_err(failure)?);
            report
        }
    };
    let is_equal = report.is_equal();
    let case = Case {
        name: "verify".to_owned(),
        file: is_incident.then(|| args.expected.display().to_string()),
        ending: Ending::Compared(report),
    };
    data(&told::told(&[case], args.report.format, most))?;
    printer.say(if is_equal {
        "as expected"
    } else {
        "differs from what was expected"
    });
    Ok(if is_equal {
        Outcome::Done
    } else {
        Outcome::Differs
    })
}

/// What may differ, checked.
pub fn tolerances(args: &args::Allowed) -> Result<Tolerances, Failure> {
    let wrong = |e: String| Failure::usage(anyhow!(e)).hint("see `dropline verify --help`");
    let mut allowed = Tolerances {
        time: args.time_tolerance.unwrap_or(0),
        share: args.visibility_tolerance.unwrap_or(0.0),
        tables: args.table.clone(),
        ..Tolerances::default()
    };
    for name in &args.table {
        tolerance::table(name).map_err(wrong)?;
    }
    for text in &args.tolerance {
        allowed.add(text).map_err(wrong)?;
    }
    for text in &args.ignore {
        allowed.ignored.push(Target::parse(text).map_err(wrong)?);
    }
    Ok(allowed)
}

pub fn failure(error: VerifyError) -> Failure {
    let hint = error.hint();
    Failure::failed(error).hint(hint)
}

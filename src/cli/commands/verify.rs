//! `dropline verify`: compares a run with another, or with what an incident file expects.

use crate::cli::args;
use crate::cli::comparison::{self, CaseOutcome, ComparisonCase};
use crate::cli::error::CommandError;
use crate::cli::exit::ExitStatus;
use crate::cli::output::print_data;
use crate::cli::printer::Printer;
use crate::study::incident;
use crate::verify::{self, Report, expectations};
use anyhow::anyhow;

pub(crate) fn verify(
    args: &args::VerifyArgs,
    printer: Printer,
) -> Result<ExitStatus, CommandError> {
    let allowed = comparison::tolerances(&args.allowed)?;
    let most = args.report.most;
    let is_incident = args.expected.extension().is_some_and(|e| e == "toml");
    let report = match is_incident {
        false => verify::folders(&args.out, &args.expected, &allowed, most)?,
        true => {
            let case = incident::case(&args.expected)?;
            if case.expectations.is_empty() && case.witness.is_empty() {
                let error = anyhow!("`{}` expects nothing", args.expected.display());
                return Err(
                    CommandError::usage(error).hint("say what is expected in `[[expect]]` tables")
                );
            }
            let mut report = Report {
                expectations: expectations::check(&args.out, &case.expectations)?,
                ..Report::default()
            };
            report.add(verify::files(&args.out, &case.witness, &allowed, most)?);
            report
        }
    };
    let is_equal = report.is_equal();
    let case = ComparisonCase {
        name: "verify".to_owned(),
        file: is_incident.then(|| args.expected.display().to_string()),
        ending: CaseOutcome::Compared(report),
    };
    print_data(&comparison::render(&[case], args.report.format, most))?;
    printer.say(if is_equal {
        "as expected"
    } else {
        "differs from what was expected"
    });
    Ok(if is_equal {
        ExitStatus::Done
    } else {
        ExitStatus::Differs
    })
}

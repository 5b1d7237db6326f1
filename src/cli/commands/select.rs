//! `dropline select`: prints the watch list of a question.

use crate::cli::error::CommandError;
use crate::cli::exit::ExitStatus;
use crate::cli::output::print_data;
use crate::cli::printer::Printer;
use crate::cli::{args, question, watch_list};
use crate::model::day::Day;
use crate::study::Study;
use crate::write::watch_list as table;
use anyhow::anyhow;

pub(crate) fn select(
    args: &args::SelectArgs,
    printer: Printer,
) -> Result<ExitStatus, CommandError> {
    let kept = args.incident.as_deref().map(question::kept).transpose()?;
    let (selection, day) = match &kept {
        Some((study, _)) => (
            question::selection_instead(&study.selection, &args.watched),
            Some(Day::of(study.window.from)),
        ),
        None => (question::selection(&args.watched), None),
    };
    Study::check(&selection)?;
    let day = args.date.or(day);
    if selection.country.is_some() && day.is_none() {
        let error = anyhow!("a country needs a date");
        let hint = "give the first day of the window, such as `--date 2014-12-22`";
        return Err(CommandError::usage(error).hint(hint));
    }
    let (registries, network) = (&args.registries, &args.network);
    let list = watch_list::list(&selection, day, registries, network, printer)?;
    print_data(&table::text(&list))?;
    Ok(ExitStatus::Done)
}

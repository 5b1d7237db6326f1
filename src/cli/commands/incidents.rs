//! `dropline incidents`: the incidents that come with the program.

use crate::cli::error::CommandError;
use crate::cli::exit::ExitStatus;
use crate::cli::output::print_data;
use crate::study::bundled::{self, Bundled};
use crate::write::csv;
use std::io::IsTerminal;

const COLUMNS: [&str; 8] = [
    "name",
    "from",
    "to",
    "watched",
    "collectors",
    "data",
    "published",
    "title",
];

pub(crate) fn incidents() -> Result<ExitStatus, CommandError> {
    let rows = bundled::ALL
        .iter()
        .map(row)
        .collect::<Result<Vec<_>, _>>()?;
    let text = match std::io::stdout().is_terminal() {
        true => for_people(&rows),
        false => csv::text(&COLUMNS, &rows),
    };
    print_data(&text)?;
    Ok(ExitStatus::Done)
}

fn row(bundled: &Bundled) -> Result<[String; 8], CommandError> {
    let (study, events) = bundled.study()?;
    let selection = &study.selection;
    let asns = selection.asns.iter().map(|asn| format!("AS{asn}"));
    let prefixes = selection.prefixes.iter().map(ToString::to_string);
    let country = selection.country.iter().cloned();
    let watched: Vec<String> = country.chain(asns).chain(prefixes).collect();
    let collectors: Vec<&str> = study.collectors.iter().map(|c| c.name()).collect();
    let data = match (events, study.reconstruction) {
        (None, _) => "public archives",
        (Some(_), false) => "bundled",
        (Some(_), true) => "bundled reconstruction",
    };
    Ok([
        bundled.name.to_owned(),
        study.window.from.to_string(),
        study.window.to.to_string(),
        watched.join(" "),
        collectors.join(" "),
        data.to_owned(),
        study.published.len().to_string(),
        study.title.unwrap_or_default(),
    ])
}

/// Names and titles; the rest is in the CSV.
fn for_people(rows: &[[String; 8]]) -> String {
    let width = rows.iter().map(|row| row[0].len()).max().unwrap_or(0);
    let mut text = String::new();
    for row in rows {
        text += &format!("{:width$}  {}\n", row[0], row[7]);
    }
    text + "\nRun one with `dropline run NAME -o DIR`\n"
}

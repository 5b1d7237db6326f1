//! What `asns` and `country` share: a row per minute, group and family.

use super::prelude::*;
use crate::model::net::Family;
use crate::model::time::TimeDelta;
use crate::model::visibility::{Coverage, Status};
use crate::tally::group::Group;

pub(super) const MINUTE: Column = column(
    "minute",
    Kind::Minute,
    "Start of the minute, UTC; values are the state at its end",
);
pub(super) const FAMILY: Column = column("family", Kind::Int, "4 or 6");
pub(super) const BASELINE: Column = column(
    "prefixes_baseline",
    Kind::Int,
    "Members: its prefixes in the baseline, of at most /24 (IPv6 /48)",
);
pub(super) const VISIBLE: Column = column(
    "prefixes_visible",
    Kind::Int,
    "Members that at least half of the known vantage ASes see; never more than the members",
);
pub(super) const UNKNOWN: Column = column(
    "prefixes_unknown",
    Kind::Int,
    "Members of which too few vantage ASes are known",
);
pub(super) const NEW: Column = column(
    "prefixes_new",
    Kind::Int,
    "Visible prefixes of it that are no members; they never make up for a lost member",
);
pub(super) const UNITS_BASELINE: Column = column(
    "units_baseline",
    Kind::Int,
    "/24s (IPv6 /48s) of its members, or of the country's space, that were reached in the baseline",
);
pub(super) const UNITS_DIRECT: Column = column(
    "units_direct",
    Kind::Int,
    "Of these: reached by a route at least as specific as the most specific one that reached them in the baseline",
);
pub(super) const UNITS_COVERED: Column = column(
    "units_covered",
    Kind::Int,
    "Of these: reached by less specific routes only, of /8 (IPv6 /16) or longer",
);
pub(super) const UNITS_NONE: Column =
    column("units_none", Kind::Int, "Of these: reached by no route");
pub(super) const UNITS_UNKNOWN: Column = column(
    "units_unknown",
    Kind::Int,
    "Of these: too few vantage ASes are known",
);
pub(super) const STATUS: Column = column(
    "status",
    Kind::Text,
    "By low = visible / baseline and high = (visible + unknown) / baseline: up where low is at least 90 %, down where high is below 50 %, degraded where low is at least 50 % and high below 90 %, else unknown; empty without members",
);

/// Whether a table has the share of reachable units beside the counts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shares {
    None,
    Reachable,
}

/// Writes groups minute by minute; `keys` makes the key column for a number of minutes.
pub(super) fn write(
    writer: &mut TableWriter,
    findings: &Findings,
    groups: &[(Family, &Group)],
    keys: impl Fn(usize) -> Cells,
    shares: Shares,
) -> Result<(), WriteError> {
    if groups.is_empty() {
        return Ok(());
    }
    let minutes: Vec<(usize, Timestamp)> = findings.study.window.minutes().enumerate().collect();
    for batch in minutes.chunks((BATCH / groups.len()).max(1)) {
        let rows = || {
            let of = |&(at, start): &(usize, Timestamp)| {
                groups
                    .iter()
                    .map(move |&(family, group)| (at, start, family, group))
            };
            batch.iter().flat_map(of)
        };
        let counts = || rows().map(|(at, _, _, group)| &group.minutes[at]);
        let units: Vec<[u64; 4]> = rows()
            .map(|(_, start, _, group)| {
                let end = start.minute() + TimeDelta::MINUTE;
                group.units.at(Timestamp(end.0 - 1))
            })
            .collect();
        let mut cells = vec![
            Cells::times(rows().map(|(_, start, _, _)| Some(start))),
            keys(batch.len()),
            Cells::counts(rows().map(|(_, _, family, _)| family.number())),
            Cells::counts(counts().map(|c| c.baseline)),
            Cells::counts(counts().map(|c| c.visible)),
            Cells::counts(counts().map(|c| c.unknown)),
            Cells::counts(counts().map(|c| c.new)),
            Cells::counts(rows().map(|(_, _, _, group)| group.units.baseline)),
        ];
        cells.extend(Coverage::ALL.map(|c| Cells::counts(units.iter().map(|u| u[c as usize]))));
        cells.push(Cells::texts(
            counts().map(|c| c.status().map(Status::label)),
        ));
        if shares == Shares::Reachable {
            let each = rows().zip(&units);
            let reachable = each.map(|((_, _, _, group), now)| group.units.reachable(now));
            cells.push(Cells::ratios(reachable));
        }
        writer.write(cells)?;
    }
    Ok(())
}

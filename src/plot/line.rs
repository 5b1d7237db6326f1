//! Visible prefixes of the country, of ASes or of all that is watched, with what the unknown leaves
//! open; outages shaded, published times dashed.

use super::canvas::{Area, Canvas, Stands};
use super::colour::{BLUE, Colour, INK, ORANGE, QUIET, VERMILION};
use super::frame::{self, Sign};
use super::time::{self, Across};
use super::{PlotError, font};
use crate::detect::Scope;
use crate::model::net::Family;
use crate::model::visibility::Status;
use crate::view::{GroupKey, GroupSeries, GroupState, OutageView, RunView};

/// So many lines have a panel.
const MOST_PANELS: usize = 4;
/// Outages are shaded with it.
const SHADE: Colour = Colour(0xfb, 0xdd, 0xc8);

pub(super) fn draw(canvas: &mut Canvas<'_>, view: &RunView, area: Area) -> Result<(), PlotError> {
    let lines = shown(view);
    let room = (area.height() / canvas.px(110.0)).floor().max(1.0) as usize;
    let panels = lines.len().min(MOST_PANELS).min(room);
    if panels == 0 {
        return frame::note(
            canvas,
            area,
            "Nothing that is watched was spoken of by any peer: there is no line",
        );
    }
    let mut entries = vec![
        (Sign::Line(BLUE), "visible".to_owned()),
        (
            Sign::Box(BLUE.pale()),
            "low to high: the unknown counted as not seeing, as seeing".to_owned(),
        ),
        (Sign::Hatch, "unknown".to_owned()),
        (Sign::Box(SHADE), "outage".to_owned()),
    ];
    if lines
        .iter()
        .any(|l| l.minutes.iter().any(|r| r.value.baseline.is_some()))
    {
        entries.push((Sign::Dashes(QUIET), "baseline".to_owned()));
    }
    let across = Across::of(view, area);
    for (n, published) in (1..).zip(&view.manifest.study.published) {
        let at = published.at.for_people();
        let outside = if across.has(published.at) {
            ""
        } else {
            " (outside)"
        };
        let certainty = published
            .certainty
            .map_or(String::new(), |c| format!(", {}", c.label()));
        let text = format!(
            "{n} published: {} {at}{certainty}{outside}",
            published.event
        );
        entries.push((Sign::Dashes(ORANGE), text));
    }
    if lines.len() > panels {
        entries.push((
            Sign::Nothing,
            format!("{} more lines are not shown", lines.len() - panels),
        ));
    }
    let area = frame::legend(canvas, area, &entries)?;
    let gap = canvas.px(34.0);
    let below = canvas.px(time::BELOW);
    let height = (area.height() - below) / panels as f64;
    for (place, line) in lines.into_iter().take(panels).enumerate() {
        let top = area.top + height * place as f64;
        let panel = Area {
            left: area.left + canvas.px(48.0),
            top: top + gap,
            right: area.right - canvas.px(16.0),
            bottom: top + height,
        };
        let told = place + 1 == panels;
        one(canvas, view, line, panel, told)?;
    }
    Ok(())
}

/// All of a family where an AS is all of it is said once.
fn shown(view: &RunView) -> Vec<&GroupSeries> {
    let of_asns = |family: Family| {
        let mut lines = view.groups.iter();
        lines.any(|l| matches!(l.group, GroupKey::Asn(_)) && l.family == family)
    };
    let asns = |family: Family| {
        let lines = view.groups.iter();
        lines
            .filter(|l| matches!(l.group, GroupKey::Asn(_)) && l.family == family)
            .count()
    };
    let is_said = |line: &&GroupSeries| {
        line.group != GroupKey::Watched || !of_asns(line.family) || asns(line.family) > 1
    };
    view.groups.iter().filter(is_said).collect()
}

fn name(line: &GroupSeries) -> String {
    match (line.group, line.family) {
        (GroupKey::Watched, Family::V4) => "All that is watched".to_owned(),
        (GroupKey::Watched, Family::V6) => "All that is watched, IPv6".to_owned(),
        _ => line.entity.clone(),
    }
}

fn outages<'a>(view: &'a RunView, line: &'a GroupSeries) -> impl Iterator<Item = &'a OutageView> {
    view.outages.iter().filter(move |o| match line.group {
        GroupKey::Watched => {
            o.scope == Scope::Asn && o.entity.ends_with(" IPv6") == (line.family == Family::V6)
        }
        _ => o.scope != Scope::Prefix && o.entity == line.entity,
    })
}

fn one(
    canvas: &mut Canvas<'_>,
    view: &RunView,
    line: &GroupSeries,
    panel: Area,
    told: bool,
) -> Result<(), PlotError> {
    let across = Across::of(view, panel);
    let largest = |level: &GroupState| level.denominator().max(level.high).max(level.visible);
    let most = line
        .minutes
        .iter()
        .map(|run| largest(&run.value))
        .max()
        .unwrap_or(1);
    let height = |n: u32| panel.bottom - panel.height() * f64::from(n) / f64::from(most.max(1));
    // What is hatched stays so: an outage is shaded where something is known.
    let known = line.minutes.iter().filter(|run| !is_unknown(&run.value));
    let known: Vec<_> = known
        .map(|run| (view.minute_start(run.first), view.minute_start(run.end)))
        .collect();
    for outage in outages(view, line) {
        for &(from, to) in &known {
            let (from, to) = (from.max(outage.start), to.min(outage.end));
            if from < to {
                let shade = Area {
                    left: across.at(from),
                    right: across.at(to),
                    ..panel
                };
                canvas.rect(shade, SHADE)?;
            }
        }
    }
    time::heights(canvas, panel, u64::from(most))?;
    across.marks(canvas, panel, told)?;
    let minute = |place: u32| across.at(view.minute_start(place));
    let mut before: Option<(u32, f64)> = None;
    let mut said_until = 0;
    for run in &line.minutes {
        let (left, right) = (minute(run.first), minute(run.end));
        let level = run.value;
        if run.first > said_until {
            canvas.hatch(Area {
                left: minute(said_until),
                right: left,
                ..panel
            });
        }
        said_until = run.end;
        if is_unknown(&level) {
            canvas.hatch(Area {
                left,
                right,
                ..panel
            });
        }
        if level.high > level.low && !is_unknown(&level) {
            let band = Area {
                left,
                top: height(level.high),
                right,
                bottom: height(level.low),
            };
            canvas.rect(band, BLUE.pale())?;
        }
    }
    canvas.hatch(Area {
        left: minute(said_until),
        ..panel
    });
    if let Some(baseline) = line.minutes.iter().find_map(|run| run.value.baseline) {
        let y = height(baseline);
        canvas.dashes((panel.left, y), (panel.right, y), QUIET)?;
    }
    for run in &line.minutes {
        let (left, right) = (minute(run.first), minute(run.end));
        if is_unknown(&run.value) {
            before = None;
            continue;
        }
        let y = height(run.value.visible);
        match before {
            Some((end, last)) if end == run.first => {
                canvas.line(&[(left, last), (left, y), (right, y)], BLUE, 2.5)?;
            }
            _ => canvas.line(&[(left, y), (right, y)], BLUE, 2.5)?,
        }
        before = Some((run.end, y));
    }
    for (n, published) in (1..).zip(&view.manifest.study.published) {
        if across.has(published.at) {
            let x = across.at(published.at);
            canvas.dashes((x, panel.top), (x, panel.bottom), ORANGE)?;
            let at = (x, panel.top - canvas.px(8.0));
            canvas.text(&n.to_string(), at, 11.0, VERMILION, Stands::Around)?;
        }
    }
    let title = format!("{}: prefixes visible", name(line));
    let title = font::fit(&title, canvas.px(12.0), panel.width() / 2.0);
    let at = (panel.left - canvas.px(40.0), panel.top - canvas.px(23.0));
    canvas.text(&title, at, 12.0, INK, Stands::After)?;
    let at = (panel.right, panel.top - canvas.px(23.0));
    if let Some(text) = beside(view, line) {
        canvas.text(text, at, 12.0, QUIET, Stands::Before)?;
    }
    Ok(())
}

/// Whether so little is known in a minute that it has no line. Without a baseline the status is
/// unknown, but how many are visible is not.
fn is_unknown(level: &GroupState) -> bool {
    match level.members {
        0 => level.status == Status::Unknown,
        members => level.unknown * 2 > members,
    }
}

/// What is said beside a panel's title.
fn beside(view: &RunView, line: &GroupSeries) -> Option<&'static str> {
    let mut levels = line.minutes.iter().map(|run| run.value);
    if levels.clone().all(|level| is_unknown(&level)) {
        return Some("unknown throughout: too few vantage ASes are known to say");
    }
    if outages(view, line).next().is_some() {
        return None;
    }
    if levels.all(|level| level.status == Status::Unknown) {
        return Some("no baseline: what was lost cannot be told");
    }
    match (view.outages.is_empty(), line.group) {
        (true, _) => Some("no outage"),
        (false, GroupKey::Watched) => {
            Some("outages are told prefix by prefix, and not of all together")
        }
        (false, _) => Some("no outage as a whole"),
    }
}

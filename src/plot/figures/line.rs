//! Visible prefixes of the country, of ASes or of all that is watched, with the bounds that the
//! unknown leaves open. Outages are shaded, published times dashed.

use crate::detect::Scope;
use crate::model::net::Family;
use crate::model::visibility::Status;
use crate::plot::axes::{self, TimeAxis, TimeLabels};
use crate::plot::canvas::{Anchor, Area, Canvas};
use crate::plot::colour::{BLUE, Colour, INK, ORANGE, QUIET, VERMILION};
use crate::plot::error::PlotError;
use crate::plot::figure::Figure;
use crate::plot::font;
use crate::plot::legend::{self, Symbol};
use crate::view::summary::certainty;
use crate::view::{GroupKey, GroupSeries, GroupState, OutageView, RunView};

pub(super) const FIGURE: Figure = Figure {
    name: "line",
    help: "Visible prefixes over time, with the bounds that unknown ones leave",
    caption: |_| "Visible prefixes at the end of each minute".to_owned(),
    draw,
};

/// At most so many groups have a panel.
const MAX_PANELS: usize = 4;

/// The shade behind outages.
const SHADE: Colour = Colour(0xfb, 0xdd, 0xc8);

fn draw(canvas: &mut Canvas<'_>, view: &RunView, area: Area) -> Result<(), PlotError> {
    let groups = shown_groups(view);
    let fitting = (area.height() / canvas.px(110.0)).floor().max(1.0) as usize;
    let panels = groups.len().min(MAX_PANELS).min(fitting);
    if panels == 0 {
        let why = "No peer announced any watched prefix, so there is no line to draw";
        return legend::notice(canvas, area, why);
    }
    let mut entries = vec![
        (Symbol::Line(BLUE), "visible".to_owned()),
        (
            Symbol::Box(BLUE.pale()),
            "from unknown counted as not seeing to unknown counted as seeing".to_owned(),
        ),
        (Symbol::Hatch, "unknown".to_owned()),
        (Symbol::Box(SHADE), "outage".to_owned()),
    ];
    let mut minutes = groups.iter().flat_map(|group| &group.minutes);
    if minutes.any(|interval| interval.value.baseline.is_some()) {
        entries.push((Symbol::Dashes(QUIET), "baseline".to_owned()));
    }
    let axis = TimeAxis::of(view, area);
    for (n, published) in (1..).zip(&view.manifest.study.published) {
        let at = published.at.for_people();
        let outside = match axis.contains(published.at) {
            true => "",
            false => ", outside the window",
        };
        let (event, certainty) = (&published.event, certainty(published));
        let text = format!("{n} published: {event} {at}{certainty}{outside}");
        entries.push((Symbol::Dashes(ORANGE), text));
    }
    if groups.len() > panels {
        let text = format!("{} more lines are not shown", groups.len() - panels);
        entries.push((Symbol::None, text));
    }
    let area = legend::draw(canvas, area, &entries)?;
    let gap = canvas.px(34.0);
    let height = (area.height() - canvas.px(axes::LABELS_HEIGHT)) / panels as f64;
    for (index, group) in groups.into_iter().take(panels).enumerate() {
        let top = area.top + height * index as f64;
        let panel = Area {
            left: area.left + canvas.px(48.0),
            top: top + gap,
            right: area.right - canvas.px(16.0),
            bottom: top + height,
        };
        let labels = match index + 1 == panels {
            true => TimeLabels::Shown,
            false => TimeLabels::Hidden,
        };
        draw_panel(canvas, view, group, panel, labels)?;
    }
    Ok(())
}

/// The groups to draw: all that is watched is left out where a single AS originates all of it.
fn shown_groups(view: &RunView) -> Vec<&GroupSeries> {
    let asns = |family: Family| {
        let groups = view.groups.iter();
        let asns = groups.filter(|g| matches!(g.group, GroupKey::Asn(_)) && g.family == family);
        asns.count()
    };
    let is_shown = |g: &&GroupSeries| g.group != GroupKey::Watched || asns(g.family) != 1;
    view.groups.iter().filter(is_shown).collect()
}

fn name(group: &GroupSeries) -> String {
    match (group.group, group.family) {
        (GroupKey::Watched, Family::V4) => "All watched prefixes".to_owned(),
        (GroupKey::Watched, Family::V6) => "All watched prefixes, IPv6".to_owned(),
        _ => group.entity.clone(),
    }
}

/// The outages to shade: the group's own, or, behind all that is watched, those of its ASes.
fn outages<'a>(view: &'a RunView, group: &'a GroupSeries) -> impl Iterator<Item = &'a OutageView> {
    view.outages.iter().filter(move |o| match group.group {
        GroupKey::Watched => {
            o.scope == Scope::Asn && o.entity.ends_with(" IPv6") == (group.family == Family::V6)
        }
        _ => o.scope != Scope::Prefix && o.entity == group.entity,
    })
}

fn draw_panel(
    canvas: &mut Canvas<'_>,
    view: &RunView,
    group: &GroupSeries,
    panel: Area,
    labels: TimeLabels,
) -> Result<(), PlotError> {
    let axis = TimeAxis::of(view, panel);
    let largest = |state: &GroupState| state.denominator().max(state.high).max(state.visible);
    let minutes = group.minutes.iter();
    let max = minutes.map(|interval| largest(&interval.value)).max();
    let max = max.unwrap_or(1);
    let y = |n: u32| panel.bottom - panel.height() * f64::from(n) / f64::from(max.max(1));
    shade_outages(canvas, view, group, panel)?;
    axes::draw_counts(canvas, panel, u64::from(max))?;
    axis.draw(canvas, panel, labels)?;
    let x = |minute: u32| axis.x(view.minute_start(minute));
    let mut drawn_until = 0;
    for interval in &group.minutes {
        let (left, right) = (x(interval.first), x(interval.end));
        let state = interval.value;
        if interval.first > drawn_until {
            canvas.hatch(Area {
                left: x(drawn_until),
                right: left,
                ..panel
            });
        }
        drawn_until = interval.end;
        if is_unknown(&state) {
            canvas.hatch(Area {
                left,
                right,
                ..panel
            });
        } else if state.high > state.low {
            let band = Area {
                left,
                top: y(state.high),
                right,
                bottom: y(state.low),
            };
            canvas.rect(band, BLUE.pale())?;
        }
    }
    canvas.hatch(Area {
        left: x(drawn_until),
        ..panel
    });
    let mut minutes = group.minutes.iter();
    if let Some(baseline) = minutes.find_map(|interval| interval.value.baseline) {
        let y = y(baseline);
        canvas.dashes((panel.left, y), (panel.right, y), QUIET)?;
    }
    let mut previous: Option<(u32, f64)> = None;
    for interval in &group.minutes {
        let (left, right) = (x(interval.first), x(interval.end));
        if is_unknown(&interval.value) {
            previous = None;
            continue;
        }
        let y = y(interval.value.visible);
        match previous {
            Some((end, last_y)) if end == interval.first => {
                canvas.line(&[(left, last_y), (left, y), (right, y)], BLUE, 2.5)?;
            }
            _ => canvas.line(&[(left, y), (right, y)], BLUE, 2.5)?,
        }
        previous = Some((interval.end, y));
    }
    for (n, published) in (1..).zip(&view.manifest.study.published) {
        if axis.contains(published.at) {
            let x = axis.x(published.at);
            canvas.dashes((x, panel.top), (x, panel.bottom), ORANGE)?;
            let at = (x, panel.top - canvas.px(8.0));
            canvas.text(&n.to_string(), at, 11.0, VERMILION, Anchor::Middle)?;
        }
    }
    let title = format!("{}: prefixes visible", name(group));
    let title = font::fit(&title, canvas.px(12.0), panel.width() / 2.0);
    let at = (panel.left - canvas.px(40.0), panel.top - canvas.px(23.0));
    canvas.text(&title, at, 12.0, INK, Anchor::Start)?;
    let at = (panel.right, panel.top - canvas.px(23.0));
    if let Some(text) = remark(view, group) {
        canvas.text(text, at, 12.0, QUIET, Anchor::End)?;
    }
    Ok(())
}

/// Shades outages, but not where the group is unknown: that is hatched.
fn shade_outages(
    canvas: &Canvas<'_>,
    view: &RunView,
    group: &GroupSeries,
    panel: Area,
) -> Result<(), PlotError> {
    let axis = TimeAxis::of(view, panel);
    let known = group.minutes.iter().filter(|i| !is_unknown(&i.value));
    let known: Vec<_> = known
        .map(|i| (view.minute_start(i.first), view.minute_start(i.end)))
        .collect();
    for outage in outages(view, group) {
        for &(from, to) in &known {
            let (from, to) = (from.max(outage.start), to.min(outage.end));
            if from < to {
                let shade = Area {
                    left: axis.x(from),
                    right: axis.x(to),
                    ..panel
                };
                canvas.rect(shade, SHADE)?;
            }
        }
    }
    Ok(())
}

/// Whether so little is known in a minute that the line is interrupted. This is not the status:
/// without a baseline that is unknown, but the number of visible prefixes is not.
fn is_unknown(state: &GroupState) -> bool {
    match state.members {
        0 => state.status == Status::Unknown,
        members => state.unknown * 2 > members,
    }
}

/// What is written beside a panel's title, where there is no outage to see.
fn remark(view: &RunView, group: &GroupSeries) -> Option<&'static str> {
    let mut states = group.minutes.iter().map(|interval| interval.value);
    if states.clone().all(|state| is_unknown(&state)) {
        return Some("unknown throughout: too few vantage ASes are known");
    }
    if outages(view, group).next().is_some() {
        return None;
    }
    if states.all(|state| state.status == Status::Unknown) {
        return Some("no baseline: losses cannot be determined");
    }
    match (view.outages.is_empty(), group.group) {
        (true, _) => Some("no outage"),
        (false, GroupKey::Watched) => {
            Some("outages are listed prefix by prefix, not for all together")
        }
        (false, _) => Some("no outage as a whole"),
    }
}

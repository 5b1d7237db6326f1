//! Visible members of the country and of ASes, with the bound that the unknown leaves open. Events are
//! shaded, published times dashed.

use crate::plot::axes::{self, TimeAxis, TimeLabels};
use crate::plot::canvas::{Anchor, Area, Canvas};
use crate::plot::colour::{BLUE, Colour, INK, ORANGE, QUIET, VERMILION};
use crate::plot::error::PlotError;
use crate::plot::figure::Figure;
use crate::plot::font;
use crate::plot::legend::{self, Symbol};
use crate::plot::marks;
use crate::plot::members::{self, Members};
use crate::view::summary::certainty;
use crate::view::{GroupSeries, GroupState, RunView};

pub(super) const FIGURE: Figure = Figure {
    name: "line",
    help: "Visible prefixes over time, with the bound that unknown ones leave",
    caption: |_| "Visible prefixes at the end of each minute".to_owned(),
    draw,
};

/// At most so many groups have a panel.
const MAX_PANELS: usize = 4;

/// The shade behind outages.
const SHADE: Colour = Colour(0xfb, 0xdd, 0xc8);

fn draw(canvas: &mut Canvas<'_>, view: &RunView, area: Area) -> Result<(), PlotError> {
    let groups = members::groups(view);
    let with_members = groups.iter().filter(|g| members::baseline(g) > 0);
    let groups: Vec<&GroupSeries> = with_members.copied().collect();
    let fitting = (area.height() / canvas.px(110.0)).floor().max(1.0) as usize;
    let panels = groups.len().min(MAX_PANELS).min(fitting);
    if panels == 0 {
        let why =
            "No prefix was in the baseline, so there is no line: there is nothing to be a share of";
        return legend::notice(canvas, area, why);
    }
    let mut entries = vec![
        (
            Symbol::Line(BLUE),
            "prefixes of the baseline visible".to_owned(),
        ),
        (
            Symbol::Box(BLUE.pale()),
            "more, if all unknown ones were".to_owned(),
        ),
        (Symbol::Hatch, "unknown".to_owned()),
        (
            Symbol::Box(SHADE),
            "loss, with its number in `events`".to_owned(),
        ),
        (Symbol::Dashes(QUIET), "baseline".to_owned()),
    ];
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

fn draw_panel(
    canvas: &mut Canvas<'_>,
    view: &RunView,
    group: &GroupSeries,
    panel: Area,
    labels: TimeLabels,
) -> Result<(), PlotError> {
    let axis = TimeAxis::of(view, panel);
    let max = members::baseline(group);
    let y = |n: u32| panel.bottom - panel.height() * f64::from(n) / f64::from(max.max(1));
    shade_events(canvas, view, group, panel)?;
    axes::draw_counts(canvas, panel, u64::from(max))?;
    axis.draw(canvas, panel, labels)?;
    let x = |minute: u32| axis.x(view.minute_start(minute));
    let mut drawn_until = 0;
    for interval in &group.minutes {
        let (left, right) = (x(interval.first), x(interval.end));
        let members = Members::of(&interval.value);
        if interval.first > drawn_until {
            canvas.hatch(Area {
                left: x(drawn_until),
                right: left,
                ..panel
            });
        }
        drawn_until = interval.end;
        if members.known_status().is_none() {
            canvas.hatch(Area {
                left,
                right,
                ..panel
            });
        } else if members.unknown > 0 {
            let band = Area {
                left,
                top: y(members.high()),
                right,
                bottom: y(members.visible),
            };
            canvas.rect(band, BLUE.pale())?;
        }
    }
    canvas.hatch(Area {
        left: x(drawn_until),
        ..panel
    });
    let top = y(max);
    canvas.dashes((panel.left, top), (panel.right, top), QUIET)?;
    let mut previous: Option<(u32, f64)> = None;
    for interval in &group.minutes {
        let (left, right) = (x(interval.first), x(interval.end));
        let members = Members::of(&interval.value);
        if members.known_status().is_none() {
            previous = None;
            continue;
        }
        let y = y(members.visible);
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
    let title = format!("{}: prefixes visible, of {max}", group.name());
    let title = font::fit(&title, canvas.px(12.0), panel.width() / 2.0);
    let at = (panel.left - canvas.px(40.0), panel.top - canvas.px(23.0));
    canvas.text(&title, at, 12.0, INK, Anchor::Start)?;
    let at = (panel.right, panel.top - canvas.px(23.0));
    if let Some(text) = remark(view, group) {
        canvas.text(text, at, 12.0, QUIET, Anchor::End)?;
    }
    Ok(())
}

/// Shades the group's events, but not where it is unknown: that is hatched. Their numbers stand above,
/// as far as there is room.
fn shade_events(
    canvas: &Canvas<'_>,
    view: &RunView,
    group: &GroupSeries,
    panel: Area,
) -> Result<(), PlotError> {
    let axis = TimeAxis::of(view, panel);
    let is_known = |state: &GroupState| Members::of(state).known_status().is_some();
    let known = group.minutes.iter().filter(|i| is_known(&i.value));
    let known: Vec<_> = known
        .map(|i| (view.minute_start(i.first), view.minute_start(i.end)))
        .collect();
    let mut written_until = f64::MIN;
    for mark in marks::events(view, group) {
        let first = known.partition_point(|&(_, to)| to <= mark.start);
        let overlapping = known.iter().skip(first);
        for &(from, to) in overlapping.take_while(|&&(from, _)| from < mark.end) {
            let (from, to) = (from.max(mark.start), to.min(mark.end));
            if from < to {
                let shade = Area {
                    left: axis.x(from),
                    right: axis.x(to),
                    ..panel
                };
                canvas.rect(shade, SHADE)?;
            }
        }
        let number = mark.event.to_string();
        let (left, right) = (axis.x(mark.start), axis.x(mark.end));
        let half = canvas.width(&number, 11.0) / 2.0;
        // Beside a narrow span, so that the line does not cross it.
        let middle = match right - left > half * 4.0 {
            true => (left + right) / 2.0,
            false => right + half + canvas.px(2.0),
        };
        if middle - half > written_until {
            let at = (middle, panel.bottom - canvas.px(9.0));
            canvas.text(&number, at, 11.0, INK, Anchor::Middle)?;
            written_until = middle + half + canvas.px(3.0);
        }
    }
    Ok(())
}

/// What is written beside a panel's title, where there is no loss to see.
fn remark(view: &RunView, group: &GroupSeries) -> Option<&'static str> {
    let mut members = group.minutes.iter().map(|i| Members::of(&i.value));
    if members.all(|members| members.known_status().is_none()) {
        return Some("unknown throughout: too few vantage ASes are known");
    }
    marks::events(view, group).is_empty().then_some("no loss")
}

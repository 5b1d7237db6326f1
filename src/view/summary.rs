//! The summary of a run: what was asked, the curves, the outages and what was wrong, in words and
//! numbers that every output for people shares. How they are laid out is up to the output.

use super::groups::{GroupKey, GroupSeries};
use super::outages::OutageView;
use super::prefixes::PrefixSeries;
use super::run_view::RunView;
use super::words::{counted, duration, plural, second};
use crate::detect::Scope;
use crate::model::time::Timestamp;
use crate::model::visibility::Status;
use crate::study::{Certainty, Published};

/// Up to so many prefixes are summarised one by one; of more, the groups are.
const MAX_PREFIXES: usize = 16;

/// At most so many groups have a curve.
const MAX_GROUPS: usize = 16;

/// At most so many problems with files are listed.
const MAX_PROBLEMS: usize = 5;

/// A share per minute of the window.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Curve {
    /// The prefix, or the group and its family: `AS131279 IPv4`.
    pub name: String,
    /// Between 0 and 1; `None` where it is unknown.
    pub values: Vec<Option<f64>>,
}

/// Minutes in a row with the same share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct CurveSegment {
    /// Start of the first minute.
    pub from: Timestamp,
    /// End of the last minute.
    pub to: Timestamp,
    /// The share, rounded to four decimals.
    pub share: Option<f64>,
}

impl Curve {
    /// Visibility of a prefix.
    fn of_prefix(prefix: &PrefixSeries, minutes: usize) -> Self {
        let mut values = vec![None; minutes];
        for interval in &prefix.minutes {
            let visibility = interval.value.visibility;
            let is_known = interval.value.status != Status::Unknown;
            let share = f64::from(visibility.seeing) / f64::from(visibility.known.max(1));
            let share = is_known.then_some(share);
            fill(&mut values, interval.first, interval.end, share);
        }
        Self {
            name: prefix.prefix.to_string(),
            values,
        }
    }

    /// Visible prefixes of a group, as a share of its baseline.
    fn of_group(group: &GroupSeries, minutes: usize) -> Self {
        let mut values = vec![None; minutes];
        for interval in &group.minutes {
            let state = interval.value;
            let is_known = state.members > 0 && state.unknown * 2 <= state.members;
            let share = f64::from(state.visible) / f64::from(state.denominator());
            let share = is_known.then_some(share.min(1.0));
            fill(&mut values, interval.first, interval.end, share);
        }
        let name = match group.group {
            GroupKey::Watched => "all".to_owned(),
            GroupKey::Asn(asn) => format!("AS{asn}"),
            GroupKey::Country => group
                .entity
                .split(' ')
                .next()
                .unwrap_or_default()
                .to_owned(),
        };
        Self {
            name: format!("{name} IPv{}", group.family.label()),
            values,
        }
    }

    /// The curve as segments of equal share.
    pub(crate) fn segments(&self, view: &RunView) -> Vec<CurveSegment> {
        let mut segments = Vec::new();
        let mut first = 0;
        let start_of = |minute: usize| view.minute_start(minute as u32);
        for end in 1..=self.values.len() {
            if self.values.get(end) != Some(&self.values[first]) {
                segments.push(CurveSegment {
                    from: start_of(first),
                    to: start_of(end),
                    share: self.values[first].map(|v| (v * 10_000.0).round() / 10_000.0),
                });
                first = end;
            }
        }
        segments
    }
}

fn fill(values: &mut [Option<f64>], first: u32, end: u32, value: Option<f64>) {
    let (first, end) = (first as usize, (end as usize).min(values.len()));
    if let Some(minutes) = values.get_mut(first..end) {
        minutes.fill(value);
    }
}

/// A curve per prefix, or per group where there are many prefixes; and the number of groups that
/// are left out.
pub(crate) fn curves(view: &RunView) -> (Vec<Curve>, usize) {
    let minutes = view.minute_count() as usize;
    if view.prefixes.len() + view.prefixes_left_out <= MAX_PREFIXES {
        let prefixes = view.prefixes.iter();
        let curves = prefixes.map(|prefix| Curve::of_prefix(prefix, minutes));
        return (curves.collect(), 0);
    }
    let groups = view.groups.iter().take(MAX_GROUPS);
    let curves = groups.map(|group| Curve::of_group(group, minutes));
    let left_out = view.groups.len().saturating_sub(MAX_GROUPS);
    (curves.collect(), left_out)
}

/// The study's title, or what it watches where it has none. Never empty.
pub(crate) fn title(view: &RunView) -> String {
    let study = &view.manifest.study;
    let watched = || {
        let selection = &study.selection;
        let asns = selection.asns.iter().map(|asn| format!("AS{asn}"));
        let prefixes = selection.prefixes.iter().map(ToString::to_string);
        let names: Vec<String> = selection
            .country
            .iter()
            .cloned()
            .chain(asns)
            .chain(prefixes)
            .collect();
        match names.len() {
            0 => "a watch list".to_owned(),
            1..=4 => names.join(", "),
            n => format!("{} and {} more", names[..3].join(", "), n - 3),
        }
    };
    study.title.clone().unwrap_or_else(watched)
}

/// The window, how many prefixes were watched, and from which vantage ASes and collectors.
pub(crate) fn scope(view: &RunView) -> String {
    let window = view.manifest.study.window;
    let (from, to) = (window.from.for_people(), window.to.for_people());
    let vantage_ases = view.vantage_ases();
    let mut collectors: Vec<&str> = view.files.iter().map(|f| f.collector.as_str()).collect();
    collectors.sort_unstable();
    collectors.dedup();
    format!(
        "{from} to {to} UTC, {} seen from {vantage_ases} vantage {} at {}",
        counted(view.manifest.prefixes.len(), "prefix", "prefixes"),
        plural(vantage_ases as usize, "AS", "ASes"),
        collectors.join(", ")
    )
}

/// The outages to list, groups' before prefixes'. Of many prefixes only the groups' outages are
/// listed, if there are any.
pub(crate) fn outages(view: &RunView) -> Vec<&OutageView> {
    let all = &view.outages;
    let has_groups = all.iter().any(|o| o.scope != Scope::Prefix);
    let only_groups = has_groups && view.manifest.prefixes.len() > MAX_PREFIXES;
    let mut listed: Vec<&OutageView> = all.iter().collect();
    listed.retain(|o| !only_groups || o.scope != Scope::Prefix);
    listed.sort_by_key(|o| (o.scope, o.start));
    listed
}

/// An outage in the words of a table for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OutageWords {
    /// The country, AS or prefix, as in the table `outages`.
    pub entity: String,
    /// When it began, `before` the window if so.
    pub from: String,
    /// When it ended, or that it did not.
    pub to: String,
    /// How long it lasted, at least (`>`) if it is not over.
    pub lasted: String,
    /// The depth as a percentage.
    pub depth: String,
    /// The AS that all lost paths and no surviving one share, and whether it is an upstream: the AS
    /// next to the origin. Empty where there is none.
    pub common_as: String,
}

impl OutageWords {
    /// Describes an outage.
    pub(crate) fn of(outage: &OutageView, view: &RunView) -> Self {
        let from = match outage.began_before(view.manifest.study.window) {
            true => format!("before {}", second(outage.start)),
            false => second(outage.start),
        };
        let lasted = duration(outage.duration_s);
        let (to, lasted) = match outage.is_ongoing() {
            true => ("not back".to_owned(), format!("> {lasted}")),
            false => (second(outage.end), lasted),
        };
        Self {
            entity: outage.entity.clone(),
            from,
            to,
            lasted,
            depth: format!("{:.0} %", f64::from(outage.depth) / 100.0),
            common_as: match outage.common_as {
                Some(asn) if outage.upstreams_before.contains(&asn) => {
                    format!("AS{asn} (upstream)")
                }
                Some(asn) => format!("AS{asn}"),
                None => String::new(),
            },
        }
    }
}

/// Why no outage is listed.
pub(crate) fn no_outage(view: &RunView) -> &'static str {
    match view.has_baseline() {
        true => "No outage",
        false => {
            "No outage could be determined: no prefix was visible in the baseline, or for long enough before a loss"
        }
    }
}

/// A published event in a line.
pub(crate) fn published(event: &Published) -> String {
    format!(
        "published: {} {}{}",
        event.at,
        event.event,
        certainty(event)
    )
}

/// How certain a published time is, in brackets after a space; empty where nothing is said.
pub(crate) fn certainty(event: &Published) -> String {
    match event.certainty {
        None => String::new(),
        Some(Certainty::Unverified) => " (unverified)".to_owned(),
        Some(certainty) => format!(" (to the {})", certainty.label()),
    }
}

/// Published events, then problems with files; a line each.
pub(crate) fn notes(view: &RunView) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    lines.extend(view.manifest.study.published.iter().map(published));
    let problems: Vec<_> = view.files.iter().filter(|f| f.has_problem()).collect();
    for file in problems.iter().take(MAX_PROBLEMS) {
        let what = match (file.is_present, file.problem.as_str()) {
            (_, problem) if !problem.is_empty() => problem.to_owned(),
            (false, _) => "missing".to_owned(),
            (true, _) => file.flags.clone(),
        };
        lines.push(format!("warning: `{}`: {what}", file.url));
    }
    if problems.len() > MAX_PROBLEMS {
        lines.push(format!(
            "and {} more in files.csv",
            problems.len() - MAX_PROBLEMS
        ));
    }
    lines
}

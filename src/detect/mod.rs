//! Changes of visibility → outages. No IO; cannot fail.
//!
//! Found on the moments at which visibility changed, not on the minutes, so that four losses
//! within two minutes are four. Nothing is ever found from what is unknown: unknown spans neither
//! open nor close an outage, they widen its uncertainty ([`doubt`]).
//!
//! [`prefix`] finds the outages of one prefix and what can be told of each: who lost it and came
//! back in what order ([`loss`]), on which paths and at which AS they died ([`paths`]), who kept it
//! as if nothing had happened ([`stuck`]), and what each collector saw ([`collectors`]). [`group`]
//! does so for an AS or a country, from what was found of its prefixes.

pub mod collectors;
pub mod doubt;
pub mod group;
pub mod ioda;
pub mod loss;
pub mod paths;
pub mod stages;
pub mod stuck;

use crate::model::net::{Asn, Prefix};
use crate::model::peer::PeerId;
use crate::model::time::{MINUTE, Timestamp, Window};
use crate::model::visibility::{Visibility, ratio};
use crate::replay::History;
use crate::tally::vantage::Roster;
use crate::tally::{Lookup, Moment, Sight, Tally};
use collectors::Seen;
use doubt::Doubt;
use loss::Loss;
use paths::Died;

/// How long something must have been visible before its loss is an outage, unless it was in the
/// baseline.
pub const MIN_LIFE: i64 = 60 * MINUTE;

/// What an outage is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// All of a country that is watched.
    Country,
    /// An origin AS.
    Asn,
    /// A prefix.
    Prefix,
}

impl Scope {
    /// As the tables write it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Country => "country",
            Self::Asn => "asn",
            Self::Prefix => "prefix",
        }
    }
}

/// What makes an outage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// The window.
    pub window: Window,
    /// How long something must have been visible before its loss counts, microseconds.
    pub min_life: i64,
    /// Shorter outages are left out, microseconds.
    pub min_length: i64,
    /// So many percentage points above one half visibility must rise again to end an outage.
    pub hysteresis: u32,
}

/// A stretch of time in which fewer than half could be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outage {
    /// When visibility fell below half; the window's start where that was before.
    pub start: Timestamp,
    /// When it was back; the window's end where it was not.
    pub end: Timestamp,
    /// By so many microseconds it may have begun earlier: what was lost was unknown before, or
    /// only a later RIB told. Nothing where it began before the window.
    pub start_uncertainty: Option<i64>,
    /// By so many microseconds it may have ended earlier. Nothing where it did not end.
    pub end_uncertainty: Option<i64>,
    /// 1 − the lowest visibility, in ten-thousandths.
    pub depth: u32,
    /// The window ends before it does, or begins inside it.
    pub truncated: bool,
}

impl Outage {
    /// Whether it lasted long enough to be listed.
    const fn is_listed(&self, rules: Rules) -> bool {
        self.end.0 - self.start.0 >= rules.min_length
    }

    /// Whether something that lasted from one instant to another, or still lasts, had part in it.
    pub fn overlaps(&self, from: i64, to: Option<i64>) -> bool {
        from < self.end.0 && to.is_none_or(|to| to > self.start.0)
    }
}

/// An outage with all that can be told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Story {
    /// From when to when, how deep.
    pub outage: Outage,
    /// What was lost: vantage ASes of a prefix' outage, prefixes of a group's; in the order of
    /// loss.
    pub losses: Vec<Loss>,
    /// The paths that died, and where.
    pub died: Died,
    /// ASes next to the origin while all was well, ascending.
    pub upstreams_before: Vec<Asn>,
    /// The same, once it was back; empty where it was not.
    pub upstreams_after: Vec<Asn>,
    /// Peers that kept the route as if nothing had happened.
    pub stuck: Vec<PeerId>,
    /// The depth as if those were not counted.
    pub depth_without_stuck: u32,
    /// What each collector saw.
    pub seen: Vec<Seen>,
}

/// What was found of a prefix.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// Its outages.
    pub stories: Vec<Story>,
    /// What is too short to be listed. An outage of a group may be made of such.
    pub short: Vec<Story>,
    /// How much earlier losses and returns may have been.
    pub doubt: Doubt,
}

/// What telling of one prefix looks up.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    /// What counting looks up.
    pub lookup: Lookup<'a>,
    /// By collector: those of its peers alone.
    pub collectors: &'a [Roster],
    /// What makes an outage.
    pub rules: Rules,
}

/// The outages of one prefix. A prefix longer than a unit is listed, but makes none.
pub fn prefix(prefix: Prefix, history: &History, tally: &Tally, sources: Sources<'_>) -> Found {
    let Sources { lookup, rules, .. } = sources;
    if prefix.len() > prefix.family().unit_len() {
        return Found::default();
    }
    let in_baseline = tally.baseline.sight == Sight::Visible;
    let was_lost = tally.moments.iter().any(|m| m.sight == Sight::Lost);
    if !was_lost {
        return Found::default();
    }
    let doubt = Doubt::of(prefix, history, lookup);
    let outages = outages(&tally.moments, &doubt, in_baseline, rules);
    if outages.is_empty() {
        return Found {
            doubt,
            ..Found::default()
        };
    }
    let courses = paths::courses(history);
    let absences = loss::absences(prefix, history, lookup);
    let spans = collectors::spans(prefix, history, sources);
    let tell = |outage: Outage| {
        let stuck = stuck::peers(&outage, tally, &courses, lookup.roster, prefix.family());
        let depth_without_stuck = if stuck.is_empty() {
            outage.depth
        } else {
            stuck::depth_without(&outage, &stuck, prefix, history, lookup)
        };
        let who = paths::Counted::new(lookup.roster, prefix.family(), &stuck);
        let view = paths::View {
            courses: &courses,
            who: &who,
            lookup,
        };
        Story {
            losses: loss::vantages(&outage, &absences, lookup.roster),
            died: view.died(&outage, tally),
            upstreams_before: view.upstreams(paths::well_before(&outage, tally)),
            upstreams_after: paths::well_after(&outage, tally)
                .map(|at| view.upstreams(at))
                .unwrap_or_default(),
            stuck,
            depth_without_stuck,
            seen: collectors::seen(&outage, &spans),
            outage,
        }
    };
    let (stories, short) = outages
        .into_iter()
        .map(tell)
        .partition(|s| s.outage.is_listed(rules));
    Found {
        stories,
        short,
        doubt,
    }
}

/// The stretches in which something was lost, as far as they lie in the window.
fn outages(moments: &[Moment], doubt: &Doubt, in_baseline: bool, rules: Rules) -> Vec<Outage> {
    let window = rules.window;
    let mut found = Vec::new();
    for span in spans(moments, in_baseline, rules.min_life, rules.hysteresis) {
        if span.end.is_some_and(|end| end <= window.from.0) {
            continue;
        }
        let began_before = span.start < window.from.0;
        let lost = doubt.losses.as_deref().unwrap_or(moments);
        let back = doubt.returns.as_deref().unwrap_or(moments);
        let outage = Outage {
            start: Timestamp(span.start.max(window.from.0)),
            end: Timestamp(span.end.unwrap_or(window.to.0)),
            start_uncertainty: (!began_before)
                .then(|| span.start - doubt::since(lost, span.start, Sight::Visible)),
            end_uncertainty: span
                .end
                .map(|end| end - doubt::since(back, end, Sight::Lost)),
            depth: 10_000 - ratio(span.lowest.seeing, span.lowest.known).unwrap_or(0),
            truncated: span.end.is_none() || began_before,
        };
        found.push(outage);
    }
    found
}

/// A stretch of time in which something was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub start: i64,
    pub end: Option<i64>,
    pub lowest: Visibility,
}

/// The stretches in which something that was established could not be seen.
fn spans(moments: &[Moment], in_baseline: bool, min_life: i64, hysteresis: u32) -> Vec<Span> {
    let mut found = Vec::new();
    let mut open: Option<Span> = None;
    // Whether a loss counts, and since when it has been visible.
    let mut established = in_baseline;
    let mut visible_since: Option<i64> = None;
    for moment in moments {
        if let Some(since) = visible_since {
            established = established || moment.time.saturating_sub(since) >= min_life;
        }
        let now = moment.visibility;
        match moment.sight {
            // Unknown neither opens nor closes an outage.
            Sight::Unknown => {}
            Sight::Visible => {
                visible_since.get_or_insert(moment.time);
                let share = u64::from(now.seeing) * 100;
                let is_back = share >= u64::from(now.known) * u64::from(50 + hysteresis);
                if is_back && let Some(span) = open.take() {
                    let end = Some(moment.time);
                    found.push(Span { end, ..span });
                }
            }
            Sight::Lost => {
                visible_since = None;
                match &mut open {
                    Some(span) if now.is_less(span.lowest) => span.lowest = now,
                    Some(_) => {}
                    None if established => {
                        open = Some(Span {
                            start: moment.time,
                            end: None,
                            lowest: now,
                        });
                    }
                    None => {}
                }
            }
        }
    }
    found.extend(open);
    found
}

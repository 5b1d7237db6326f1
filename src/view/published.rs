//! Published times beside those of this run.
//!
//! A published event is compared where its words say that routes were lost or came back, or that an
//! upstream appeared or left:
//!
//! - a loss with the starts, and a return with the ends, of the run's losses;
//! - an upstream that its text begins with, by AS number or by a name that some text puts before
//!   one, as in `TTK (AS20485)`, with the rows of `upstream_changes`.
//!
//! Compared is what lies within 15 minutes, which is the step of RouteViews' update files and
//! the time that a large withdrawal takes to settle; within 90 minutes of a time that is published
//! to the hour; and no further from it than the loss lasted (or a minute): a loss of seven seconds is
//! not what was published ten minutes before. Of several, those with less than a tenth of the
//! prefix-seconds of the largest are left aside, and the nearest of the others counts.

use super::events::EventView;
use super::named_upstreams::{aliases, subject};
use super::run_view::RunView;
use super::story::{LooseLoss, Loss, Selection, StoryInput};
use super::upstream_changes::UpstreamChangeView;
use super::words::duration;
use crate::detect::EndKind;
use crate::model::net::Asn;
use crate::model::time::{SECOND, TimeDelta, Timestamp};
use crate::study::{Certainty, Published};
use std::collections::BTreeMap;

/// How far from a published time its counterpart may lie.
const NEAR: TimeDelta = TimeDelta::from_mins(15);

/// The same where the time is published to the hour or so.
const NEAR_AN_HOUR: TimeDelta = TimeDelta::from_mins(90);

/// Changes of an upstream that lie within this time of each other are one.
const TOGETHER: TimeDelta = TimeDelta::MINUTE;

/// What a published event says of routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Claim {
    /// They were lost.
    Lost,
    /// They came back.
    Back,
    /// They began to run through an upstream.
    Appears(Asn),
    /// They ceased to.
    Leaves(Asn),
}

/// An instant of this run that may be a published event.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Instant {
    at: Timestamp,
    claim: Claim,
    what: String,
    /// The AS or country, as the tables name it; empty for prefixes of no event.
    entity: String,
    /// Prefix-seconds of the loss, or prefixes of the upstream's change.
    size: u64,
    /// How long the loss lasted.
    lasted: TimeDelta,
}

/// A published event with what this run has for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PublishedPair<'a> {
    /// As published.
    pub published: &'a Published,
    /// Its counterpart, or why there is none.
    pub ours: Result<Counterpart, &'static str>,
}

/// What this run has for a published event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Counterpart {
    /// When it happened here.
    pub at: Timestamp,
    /// What happened: `AS131279: first lost`, `AS20485 appears for 3 prefixes`.
    pub what: String,
    /// How it compares: `the same second`, `18 s later`.
    pub difference: String,
}

/// Every published event of the study with its counterpart, in their order.
pub(crate) fn pairs(view: &RunView) -> Vec<PublishedPair<'_>> {
    let published = &view.manifest.study.published;
    let selection = Selection::of(&StoryInput::of(view));
    let mut instants = Vec::new();
    for loss in &selection.ranked {
        match loss {
            Loss::Event(event) => instants.extend(of_event(event)),
            Loss::Loose(loss) => instants.extend(of_loose(loss)),
        }
    }
    instants.extend(of_upstreams(&view.upstream_changes));
    pair(published, &instants)
}

fn pair<'a>(published: &'a [Published], instants: &[Instant]) -> Vec<PublishedPair<'a>> {
    let names = aliases(published);
    let pairs = published.iter().map(|event| PublishedPair {
        published: event,
        ours: counterpart(event, &names, instants),
    });
    pairs.collect()
}

fn counterpart(
    event: &Published,
    names: &BTreeMap<String, Asn>,
    instants: &[Instant],
) -> Result<Counterpart, &'static str> {
    let near = match event.certainty {
        Some(Certainty::Day | Certainty::Unverified) => {
            return Err("its time is too uncertain to compare");
        }
        Some(Certainty::Hour) => NEAR_AN_HOUR,
        Some(Certainty::Second | Certainty::Minute) | None => NEAR,
    };
    let Some(claim) = claim(&event.event, names, instants) else {
        return Err("not compared: it is no loss, return or change of upstream");
    };
    let distance = |instant: &Instant| (instant.at - event.at).abs();
    let is_near = |instant: &&Instant| {
        let distance = distance(instant);
        let is_upstream = matches!(claim, Claim::Appears(_) | Claim::Leaves(_));
        let lasted = instant.lasted.max(TimeDelta::MINUTE);
        distance <= near && (is_upstream || distance <= lasted)
    };
    let claimed = instants.iter().filter(|instant| instant.claim == claim);
    let mut found: Vec<&Instant> = claimed.filter(is_near).collect();
    // A text that names an AS with a loss here is about that one.
    let is_named = |instant: &&Instant| {
        let text = event.event.as_str();
        !instant.entity.is_empty() && has_word(text, &instant.entity)
    };
    if found.iter().any(is_named) {
        found.retain(is_named);
    }
    let largest = found.iter().map(|instant| instant.size).max().unwrap_or(0);
    let large = found.into_iter().filter(|i| i.size * 10 >= largest);
    let nearest = large.min_by_key(|instant| (distance(instant), instant.at));
    let ours = nearest.ok_or(match claim {
        Claim::Lost => "no loss begins here at that time",
        Claim::Back => "no loss ends here at that time",
        Claim::Appears(_) => "that upstream does not appear here at that time",
        Claim::Leaves(_) => "that upstream does not leave here at that time",
    })?;
    Ok(Counterpart {
        at: ours.at,
        what: ours.what.clone(),
        difference: difference(event, ours.at),
    })
}

/// What a text says of routes; nothing where it says something else.
fn claim(text: &str, names: &BTreeMap<String, Asn>, instants: &[Instant]) -> Option<Claim> {
    let is_upstream = |asn: Asn| {
        let mut claims = instants.iter().map(|instant| instant.claim);
        claims.any(|c| matches!(c, Claim::Appears(a) | Claim::Leaves(a) if a == asn))
    };
    if let Some(asn) = subject(text, names).filter(|&asn| is_upstream(asn)) {
        let appears = first_of(text, &APPEARS);
        let leaves = first_of(text, &LEAVES);
        return match (appears, leaves) {
            (Some(a), Some(b)) if b < a => Some(Claim::Leaves(asn)),
            (Some(_), _) => Some(Claim::Appears(asn)),
            (None, Some(_)) => Some(Claim::Leaves(asn)),
            (None, None) => None,
        };
    }
    match (first_of(text, &LOST), first_of(text, &BACK)) {
        (Some(lost), Some(back)) if back < lost => Some(Claim::Back),
        (Some(_), _) => Some(Claim::Lost),
        (None, Some(_)) => Some(Claim::Back),
        (None, None) => None,
    }
}

/// Words of a loss.
const LOST: [&str; 15] = [
    "withdrawn",
    "withdraws",
    "down",
    "lost",
    "drops",
    "offline",
    "disconnected",
    "unreachable",
    "is gone",
    "are gone",
    "all gone",
    "outage begins",
    "outage starts",
    "start of the outage",
    "loses",
];

/// Words of a return.
const BACK: [&str; 13] = [
    "restored",
    "announced",
    "returns",
    "return",
    "recovered",
    "reconnected",
    "is back",
    "are back",
    "all back",
    "back online",
    "online again",
    "outage ends",
    "end of the outage",
];

/// Words of an upstream that is taken up.
const APPEARS: [&str; 6] = ["appears", "back", "added", "begins", "returns", "new"];

/// Words of an upstream that is given up.
const LEAVES: [&str; 7] = [
    "gone",
    "leaves",
    "lost",
    "withdrawn",
    "dropped",
    "ends",
    "disappears",
];

/// The first place of any of the words, as whole words.
fn first_of(text: &str, words: &[&str]) -> Option<usize> {
    let text = text.to_lowercase();
    let places = words.iter().filter_map(|word| place(&text, word));
    places.min()
}

fn place(text: &str, word: &str) -> Option<usize> {
    let is_whole = |at: &usize| {
        let before = text[..*at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        ![before, after]
            .into_iter()
            .flatten()
            .any(char::is_alphanumeric)
    };
    let mut places = text.match_indices(word).map(|(at, _)| at);
    places.find(is_whole)
}

fn has_word(text: &str, word: &str) -> bool {
    place(text, word).is_some()
}

/// Begin and end of an event.
fn of_event(event: &EventView) -> Vec<Instant> {
    let mut instants: Vec<Instant> = Vec::new();
    let mut add = |at: Option<Timestamp>, claim: Claim, what: &str| {
        let Some(at) = at else { return };
        let mut known = instants.iter();
        if known.all(|known| known.at != at || known.claim != claim) {
            instants.push(Instant {
                at,
                claim,
                what: format!("{}: {what}", event.entity),
                entity: event.entity.clone(),
                size: event.loss_s(),
                lasted: event.end - event.start,
            });
        }
    };
    add(Some(event.start), Claim::Lost, "first lost");
    add(Some(event.worst_at), Claim::Lost, "most lost");
    let end = (event.end_kind == EndKind::Back).then_some(event.end);
    add(end, Claim::Back, "back");
    add(event.half_back_at, Claim::Back, "half back");
    add(event.last_back_at, Claim::Back, "the last back");
    instants
}

/// Begin and end of outages that belong to no event.
fn of_loose(loss: &LooseLoss<'_>) -> Vec<Instant> {
    let instant = |at: Timestamp, claim, what: &str| Instant {
        at,
        claim,
        what: format!("{}: {what}", loss.name()),
        entity: loss.name(),
        size: loss.loss_s(),
        lasted: loss.lasted(),
    };
    let back = loss.half_back_at();
    let back = back.map(|at| instant(at, Claim::Back, "half back"));
    let start = instant(loss.start(), Claim::Lost, "first lost");
    std::iter::once(start).chain(back).collect()
}

/// Changes of upstreams: those of several prefixes that lie together are one.
fn of_upstreams(changes: &[UpstreamChangeView]) -> Vec<Instant> {
    let mut instants: Vec<Instant> = Vec::new();
    for change in changes {
        let claim = match change.appears {
            true => Claim::Appears(change.upstream),
            false => Claim::Leaves(change.upstream),
        };
        let mut known = instants.iter_mut().rev();
        let known = known.find(|i| i.claim == claim && change.at - i.at <= TOGETHER);
        match known {
            Some(instant) => instant.size += 1,
            None => instants.push(Instant {
                at: change.at,
                claim,
                what: String::new(),
                entity: String::new(),
                size: 1,
                lasted: TimeDelta::ZERO,
            }),
        }
    }
    for instant in &mut instants {
        let (asn, verb) = match instant.claim {
            Claim::Appears(asn) => (asn, "appears"),
            Claim::Leaves(asn) => (asn, "leaves"),
            Claim::Lost | Claim::Back => continue,
        };
        let size = usize::try_from(instant.size).unwrap_or(usize::MAX);
        let prefixes = super::words::counted(size, "prefix", "prefixes");
        instant.what = format!("AS{asn} {verb} for {prefixes}");
    }
    instants
}

fn difference(event: &Published, ours: Timestamp) -> String {
    let seconds = ours.0.div_euclid(SECOND) - event.at.0.div_euclid(SECOND);
    match seconds {
        0..60 if event.certainty == Some(Certainty::Minute) => "within that minute".to_owned(),
        0 => "the same second".to_owned(),
        s if s > 0 => format!("{} later", duration(s)),
        s => format!("{} earlier", duration(-s)),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where its times are none")]
mod tests {
    use super::*;

    fn published(event: &str, at: &str, certainty: Option<Certainty>) -> Published {
        Published {
            at: Timestamp::parse(at).unwrap(),
            event: event.to_owned(),
            certainty,
            source: None,
        }
    }

    fn instant(claim: Claim, at: &str, size: u64, lasted: i64) -> Instant {
        Instant {
            at: Timestamp::parse(at).unwrap(),
            claim,
            what: format!("{claim:?}"),
            entity: "AS64500".to_owned(),
            size,
            lasted: TimeDelta::from_secs(lasted),
        }
    }

    fn found(published: &[Published], instants: &[Instant]) -> Vec<Result<String, &'static str>> {
        let pairs = pair(published, instants).into_iter();
        let text = |ours: Counterpart| format!("{} {}", ours.at, ours.difference);
        pairs.map(|pair| pair.ours.map(text)).collect()
    }

    /// `announced 20:00` was paired with a loss of seven seconds at 20:10.
    #[test]
    fn a_blip_is_not_what_was_published_ten_minutes_before() {
        let events = [published("beacons announced", "2017-08-24T20:00Z", None)];
        let blip = instant(Claim::Back, "2017-08-24T20:10:07Z", 7, 7);
        assert_eq!(
            found(&events, &[blip]),
            [Err("no loss ends here at that time")]
        );
        let whole = instant(Claim::Back, "2017-08-24T20:10:07Z", 7_000, 7_000);
        assert_eq!(
            found(&events, &[whole]),
            [Ok("2017-08-24T20:10:07Z 10 min 7 s later".to_owned())]
        );
    }

    #[test]
    fn the_larger_loss_is_preferred_to_the_nearer() {
        let events = [published("all withdrawn", "2014-12-22T16:15Z", None)];
        let small = instant(Claim::Lost, "2014-12-22T16:15:01Z", 100, 600);
        let large = instant(Claim::Lost, "2014-12-22T16:16:18Z", 100_000, 30_000);
        assert_eq!(
            found(&events, &[small, large]),
            [Ok("2014-12-22T16:16:18Z 1 min 18 s later".to_owned())]
        );
    }

    /// 2017-10-01, 09:07:51 was "not compared", though `upstream_changes` has it to the second.
    #[test]
    fn upstreams_are_compared_by_number_and_by_name() {
        let second = Some(Certainty::Second);
        let events = [
            published(
                "TTK (AS20485) appears for 175.45.176.0/24",
                "2017-10-01T09:07:51Z",
                second,
            ),
            published("TTK gone", "2017-10-01T10:14:45Z", second),
            published(
                "TTK back for the same three",
                "2017-10-01T12:21:55Z",
                second,
            ),
        ];
        let change = |at: &str, appears| UpstreamChangeView {
            at: Timestamp::parse(at).unwrap(),
            upstream: 20485,
            appears,
        };
        let changes = [
            change("2017-10-01T09:07:51Z", true),
            change("2017-10-01T09:07:52Z", true),
            change("2017-10-01T10:14:45Z", false),
            change("2017-10-01T12:21:55Z", true),
        ];
        let instants = of_upstreams(&changes);
        let pairs = pair(&events, &instants);
        let ours: Vec<_> = pairs.into_iter().map(|p| p.ours.unwrap()).collect();
        let told: Vec<_> = ours
            .iter()
            .map(|o| (o.what.as_str(), o.difference.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                ("AS20485 appears for 2 prefixes", "the same second"),
                ("AS20485 leaves for 1 prefix", "the same second"),
                ("AS20485 appears for 1 prefix", "the same second"),
            ]
        );
    }

    #[test]
    fn what_is_no_loss_or_too_uncertain_is_not_compared() {
        let events = [
            published("a cable is cut", "2014-12-22T16:15Z", None),
            published("down", "2014-12-22T16:15Z", Some(Certainty::Day)),
            published("down", "2014-12-22T18:00Z", Some(Certainty::Hour)),
            published("down", "2014-12-22T18:00Z", Some(Certainty::Minute)),
        ];
        let lost = instant(Claim::Lost, "2014-12-22T16:40Z", 1, 30_000);
        assert_eq!(
            found(&events, &[lost]),
            [
                Err("not compared: it is no loss, return or change of upstream"),
                Err("its time is too uncertain to compare"),
                Ok("2014-12-22T16:40:00Z 1 h 20 min earlier".to_owned()),
                Err("no loss begins here at that time"),
            ]
        );
    }
}

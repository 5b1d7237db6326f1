//! Published times beside those of this run. Only an event that by its words is a loss or a return of
//! routes is compared; the others are listed as they were published.

use super::cells::{blank_nulls, epoch_seconds};
use crate::model::time::Timestamp;
use crate::study::{Certainty, Published};
use crate::view::RunView;
use crate::view::headline::main_outages;
use crate::view::words::{duration, second};
use serde_json::{Value, json};

/// Whether routes were lost or came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Down,
    Back,
}

/// The start or the end of an outage of this run.
struct OutageEdge<'a> {
    at: Timestamp,
    direction: Direction,
    entity: &'a str,
}

/// Words that say in which direction a published event goes. Of several in a text, the first counts.
const KEYWORDS: [(&str, Direction); 27] = [
    ("withdrawn", Direction::Down),
    ("withdraws", Direction::Down),
    ("down", Direction::Down),
    ("lost", Direction::Down),
    ("drops", Direction::Down),
    ("offline", Direction::Down),
    ("disconnected", Direction::Down),
    ("unreachable", Direction::Down),
    ("is gone", Direction::Down),
    ("are gone", Direction::Down),
    ("all gone", Direction::Down),
    ("outage begins", Direction::Down),
    ("outage starts", Direction::Down),
    ("start of the outage", Direction::Down),
    ("restored", Direction::Back),
    ("announced", Direction::Back),
    ("returns", Direction::Back),
    ("return", Direction::Back),
    ("recovered", Direction::Back),
    ("reconnected", Direction::Back),
    ("is back", Direction::Back),
    ("are back", Direction::Back),
    ("all back", Direction::Back),
    ("back online", Direction::Back),
    ("online again", Direction::Back),
    ("outage ends", Direction::Back),
    ("end of the outage", Direction::Back),
];

/// Two times further apart than this many seconds are compared only if neither has a nearer one.
const NEAR_S: i64 = 3600;

/// A row per published event, with the start or end of an outage that may be the same event. The
/// outages are those that the headline is about.
pub(super) fn rows(view: &RunView) -> Vec<Value> {
    let all = &view.manifest.study.published;
    let edges = outage_edges(view);
    let rows = all.iter().map(|event| {
        let (at, what, difference) = match counterpart(event, all, &edges) {
            Ok(edge) => {
                let went = match edge.direction {
                    Direction::Down => "down",
                    Direction::Back => "back",
                };
                let what = format!("{} {went}", edge.entity);
                (second(edge.at), what, difference(event, edge.at))
            }
            Err(why) => (String::new(), why.to_owned(), String::new()),
        };
        json!({
            "at": second(event.at), "event": event.event, "source": event.source,
            "certainty": event.certainty.map(|c| match c {
                Certainty::Unverified => "unverified".to_owned(),
                c => format!("to the {}", c.label()),
            }),
            "ours": at, "what": what, "difference": difference,
        })
    });
    rows.map(blank_nulls).collect()
}

fn outage_edges(view: &RunView) -> Vec<OutageEdge<'_>> {
    let window = view.manifest.study.window;
    let edges = main_outages(view).into_iter().flat_map(|outage| {
        let entity = outage.entity.as_str();
        let edge = |at, direction| OutageEdge {
            at,
            direction,
            entity,
        };
        let start = (!outage.began_before(window)).then(|| edge(outage.start, Direction::Down));
        let end = (!outage.is_ongoing()).then(|| edge(outage.end, Direction::Back));
        start.into_iter().chain(end)
    });
    edges.collect()
}

/// The start or end of an outage that may be the published event, or why there is none.
fn counterpart<'a, 'b>(
    event: &Published,
    all: &[Published],
    edges: &'b [OutageEdge<'a>],
) -> Result<&'b OutageEdge<'a>, &'static str> {
    if matches!(
        event.certainty,
        Some(Certainty::Day | Certainty::Unverified)
    ) {
        return Err("its time is too uncertain to compare");
    }
    let Some(direction) = direction(&event.event) else {
        return Err("not compared: not the start or end of an outage");
    };
    let distance = |a: Timestamp, b: Timestamp| (a.0 - b.0).abs();
    let comparable = edges.iter().filter(|edge| edge.direction == direction);
    let nearest = comparable.min_by_key(|edge| (distance(edge.at, event.at), edge.at));
    let is_mutual = |edge: &&OutageEdge<'_>| {
        let rivals = all
            .iter()
            .filter(|other| self::direction(&other.event) == Some(direction));
        let least = rivals.map(|rival| distance(edge.at, rival.at)).min();
        let seconds = (epoch_seconds(edge.at) - epoch_seconds(event.at)).abs();
        seconds <= NEAR_S || least == Some(distance(edge.at, event.at))
    };
    nearest.filter(is_mutual).ok_or(match direction {
        Direction::Down => "no start of an outage here",
        Direction::Back => "no end of an outage here",
    })
}

/// The direction that the first keyword of a text says; keywords count as whole words only.
fn direction(event: &str) -> Option<Direction> {
    let event = event.to_lowercase();
    let is_whole_word = |at: usize, word: &str| {
        let before = event[..at].chars().next_back();
        let after = event[at + word.len()..].chars().next();
        ![before, after]
            .into_iter()
            .flatten()
            .any(char::is_alphanumeric)
    };
    let found = KEYWORDS.iter().filter_map(|(word, direction)| {
        let mut places = event.match_indices(word).map(|(at, _)| at);
        let at = places.find(|&at| is_whole_word(at, word))?;
        Some((at, *direction))
    });
    found
        .min_by_key(|&(at, _)| at)
        .map(|(_, direction)| direction)
}

fn difference(event: &Published, ours: Timestamp) -> String {
    match epoch_seconds(ours) - epoch_seconds(event.at) {
        0..60 if event.certainty == Some(Certainty::Minute) => "within that minute".to_owned(),
        0 => "the same second".to_owned(),
        s if s > 0 => format!("{} later", duration(s)),
        s => format!("{} earlier", duration(-s)),
    }
}

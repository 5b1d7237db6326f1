//! Published times beside ours. Only what speaks of routes that went down or came back has a
//! counterpart here; all else is listed as it was published.

use super::page::blank;
use super::words::{lasted, main, seconds, stamp};
use crate::model::time::Timestamp;
use crate::study::{Certainty, Published};
use crate::view::RunView;
use serde_json::{Value, json};

/// Which way the routes went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Down,
    Back,
}

/// A start or an end of ours.
struct Edge<'a> {
    at: Timestamp,
    way: Way,
    entity: &'a str,
}

/// Words of a published event by which it is known; the first that stands in the text counts.
const WORDS: [(&str, Way); 27] = [
    ("withdrawn", Way::Down),
    ("withdraws", Way::Down),
    ("down", Way::Down),
    ("lost", Way::Down),
    ("drops", Way::Down),
    ("offline", Way::Down),
    ("disconnected", Way::Down),
    ("unreachable", Way::Down),
    ("is gone", Way::Down),
    ("are gone", Way::Down),
    ("all gone", Way::Down),
    ("outage begins", Way::Down),
    ("outage starts", Way::Down),
    ("start of the outage", Way::Down),
    ("restored", Way::Back),
    ("announced", Way::Back),
    ("returns", Way::Back),
    ("return", Way::Back),
    ("recovered", Way::Back),
    ("reconnected", Way::Back),
    ("is back", Way::Back),
    ("are back", Way::Back),
    ("all back", Way::Back),
    ("back online", Way::Back),
    ("online again", Way::Back),
    ("outage ends", Way::Back),
    ("end of the outage", Way::Back),
];

/// Further apart than this, two times are set beside each other only if neither has a nearer one.
const NEAR_S: i64 = 3600;

/// What others published, each with the start or end of an outage of the widest scope that may be
/// the same event.
pub(super) fn published(view: &RunView) -> Vec<Value> {
    let all = &view.manifest.study.published;
    let edges = edges(view);
    let rows = all.iter().map(|p| {
        let ours = ours(p, all, &edges);
        let (at, what, difference) = match ours {
            Ok(edge) => {
                let went = if edge.way == Way::Down {
                    "down"
                } else {
                    "back"
                };
                let what = format!("{} {went}", edge.entity);
                (stamp(edge.at), what, difference(p, edge.at))
            }
            Err(why) => (String::new(), why.to_owned(), String::new()),
        };
        json!({
            "at": stamp(p.at), "event": p.event, "source": p.source,
            "certainty": p.certainty.map(|c| match c {
                Certainty::Unverified => "unverified".to_owned(),
                c => format!("to the {}", c.label()),
            }),
            "ours": at, "what": what, "difference": difference,
        })
    });
    rows.map(blank).collect()
}

fn edges(view: &RunView) -> Vec<Edge<'_>> {
    let window = view.manifest.study.window;
    let of = main(view).into_iter().flat_map(|o| {
        let entity = o.entity.as_str();
        let edge = |at, way| Edge { at, way, entity };
        let start = (!o.began_before()).then(|| edge(o.start, Way::Down));
        let end = (!o.is_ongoing(window)).then(|| edge(o.end, Way::Back));
        start.into_iter().chain(end)
    });
    of.collect()
}

/// The start or end here that may be the published event, or why there is none.
fn ours<'a, 'b>(
    p: &Published,
    all: &[Published],
    edges: &'b [Edge<'a>],
) -> Result<&'b Edge<'a>, &'static str> {
    if matches!(p.certainty, Some(Certainty::Day | Certainty::Unverified)) {
        return Err("too uncertain a time to compare");
    }
    let Some(way) = way(&p.event) else {
        return Err("not compared: no start or end of an outage");
    };
    let apart = |a: Timestamp, b: Timestamp| (a.0 - b.0).abs();
    let same_way = edges.iter().filter(|edge| edge.way == way);
    let nearest = same_way.min_by_key(|edge| (apart(edge.at, p.at), edge.at));
    let is_mutual = |edge: &&Edge<'_>| {
        let others = all
            .iter()
            .filter(|other| self::way(&other.event) == Some(way));
        let least = others.map(|other| apart(edge.at, other.at)).min();
        let distance = (seconds(edge.at) - seconds(p.at)).abs();
        distance <= NEAR_S || least == Some(apart(edge.at, p.at))
    };
    nearest.filter(is_mutual).ok_or(match way {
        Way::Down => "no start of an outage here",
        Way::Back => "no end of an outage here",
    })
}

fn way(event: &str) -> Option<Way> {
    let event = event.to_lowercase();
    let is_word = |at: usize, word: &str| {
        let before = event[..at].chars().next_back();
        let after = event[at + word.len()..].chars().next();
        ![before, after]
            .into_iter()
            .flatten()
            .any(char::is_alphanumeric)
    };
    let found = WORDS.iter().filter_map(|(word, way)| {
        let mut places = event.match_indices(word).map(|(at, _)| at);
        places.find(|&at| is_word(at, word)).map(|at| (at, *way))
    });
    found.min_by_key(|&(at, _)| at).map(|(_, way)| way)
}

fn difference(p: &Published, ours: Timestamp) -> String {
    match seconds(ours) - seconds(p.at) {
        0..60 if p.certainty == Some(Certainty::Minute) => "within that minute".to_owned(),
        0 => "the same second".to_owned(),
        s if s > 0 => format!("{} later", lasted(s)),
        s => format!("{} earlier", lasted(-s)),
    }
}

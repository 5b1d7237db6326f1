//! Published times beside those of this run, as rows of a table.

use super::cells::blank_nulls;
use crate::study::Certainty;
use crate::view::RunView;
use crate::view::published::pairs;
use crate::view::words::second;
use serde_json::{Value, json};

/// A row per published event, with its counterpart in this run, or why there is none.
pub(super) fn rows(view: &RunView) -> Vec<Value> {
    let rows = pairs(view).into_iter().map(|pair| {
        let event = pair.published;
        let (at, what, difference) = match pair.ours {
            Ok(ours) => (second(ours.at), ours.what, ours.difference),
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

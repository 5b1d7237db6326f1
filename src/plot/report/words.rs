//! Sentences and times for people.

use crate::model::time::{SECOND, Timestamp};
use crate::study::manifest::Completeness;
use crate::view::headline::Headline;
pub(super) use crate::view::words::{duration as lasted, second as stamp};
use crate::view::{OutageView, RunView};

/// Seconds since the epoch.
pub(super) const fn seconds(time: Timestamp) -> i64 {
    time.0.div_euclid(SECOND)
}

/// Ten-thousandths as percent.
pub(super) fn percent(parts: u32) -> String {
    match parts % 100 {
        0 => format!("{} %", parts / 100),
        _ => format!("{}.{:02} %", parts / 100, parts % 100),
    }
}

pub(super) fn plural(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// The outages that the headline is about: of the widest scope that has any.
pub(super) fn main(view: &RunView) -> Vec<&OutageView> {
    let widest = view.outages.iter().map(|o| o.scope).min();
    let of = view.outages.iter();
    of.filter(|o| Some(o.scope) == widest).collect()
}

/// What happened, in the words of all that is for people.
pub(super) fn sentence(headline: &Headline) -> String {
    format!("{}.", headline.text)
}

/// How sure that is.
pub(super) fn sure(view: &RunView, headline: &Headline) -> String {
    let at = plural(
        view.manifest.study.collectors.len(),
        "collector",
        "collectors",
    );
    let mut said = headline.certainty.clone();
    if view.manifest.completeness == Completeness::Complete {
        said.push("All files that the window needs were there and whole".to_owned());
    }
    said.push(format!("Times are those of {at}"));
    said.push(
        "This is the control plane only: a route can stand while its hosts are down, and the reverse"
            .to_owned(),
    );
    format!("{}.", said.join(". "))
}

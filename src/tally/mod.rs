//! Changes → minutes. No IO; cannot fail.
//!
//! [`prefix`](prefix()) counts, for one prefix, the vantage ASes that see it over time
//! (`counter`), on one walk over what happens (`event_merge`). Its result keeps the minutes in
//! which something happened ([`Tally::minutes`]); the others repeat the state before. [`upstreams`]
//! are counted beside. [`coverage`] counts how each part of the watched space is reached. [`group`]
//! adds prefixes up to ASes and countries, measured by the [`baseline`].

pub mod baseline;
pub(crate) mod counter;
pub mod coverage;
pub(crate) mod event_merge;
pub mod group;
mod prefix;
pub mod upstreams;
pub mod vantage;

use crate::model::path::AsPath;
use crate::model::time::{TimeDelta, Timestamp, Window};
pub use crate::model::visibility::VisibilityChange;
use crate::model::visibility::{Visibility, VisibilityState};
pub(crate) use prefix::{PrefixByMinute, visibility_changes};
pub use prefix::{PrefixMinute, Tally, prefix};
use upstreams::PathUpstreams;
use vantage::VantageSet;

/// The span that is counted, and the rules of the status.
#[derive(Debug, Clone, Copy)]
pub struct CountingRules {
    /// The window whose minutes are counted.
    pub window: Window,
    /// When replay begins: at or before the window.
    pub start: Timestamp,
    /// The baseline's instant, at or after which nothing counts for it. The state there is that just
    /// before its updates, RIBs stamped with it included.
    pub baseline_at: Timestamp,
    /// Whether the baseline's instant was chosen (`--baseline-at`); otherwise it is the window's
    /// first, and the baseline looks back from there.
    pub has_chosen_baseline: bool,
    /// How long a prefix must have been visible before the window to be in the baseline, or before
    /// a loss for that to be an outage (`--min-life`).
    pub min_life: TimeDelta,
    /// Whether any RIB was read.
    pub has_rib: bool,
    /// With fewer vantage ASes known, a status is unknown (`--min-vantage`).
    pub min_vantage: u32,
    /// At least so many percent of the known vantage ASes must see what is visible: 50, unless it
    /// is counted how much depends on that.
    pub visible_from: u32,
}

impl CountingRules {
    /// Whether too few vantage ASes are known for a status: none, fewer than half of the
    /// `full_feed` ones, or fewer than [`CountingRules::min_vantage`].
    pub(crate) const fn is_too_few(&self, known: u32, full_feed: u32) -> bool {
        known * 2 < full_feed || known < self.min_vantage || known == 0
    }

    /// The state of a prefix with this visibility; `full_feed` is the number of full-feed vantage
    /// ASes.
    pub const fn state(&self, visibility: Visibility, full_feed: u32) -> VisibilityState {
        if self.is_too_few(visibility.known, full_feed) {
            VisibilityState::Unknown
        } else if visibility.is_at_least(self.visible_from) {
            VisibilityState::Visible
        } else {
            VisibilityState::Lost
        }
    }
}

/// What counting a prefix needs besides its history; the same for all prefixes of a run.
#[derive(Debug, Clone, Copy)]
pub struct CountingInputs<'a> {
    /// The vantage ASes, and when their peers count.
    pub vantages: &'a VantageSet,
    /// The run's AS paths.
    pub paths: &'a [AsPath],
    /// The upstreams on these paths.
    pub path_upstreams: &'a PathUpstreams,
    /// By peer: whether a withdrawal says that it had the route before. Some routers withdraw what
    /// they never had.
    pub infers: &'a [bool],
    /// Span and rules.
    pub rules: &'a CountingRules,
}

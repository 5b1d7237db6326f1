//! Changes of visibility → outages, stages, comparison with IODA. No IO; cannot fail.
//!
//! Outages are found on the instants at which visibility changed, not on the minutes, so that four
//! losses within two minutes are four ([`outage`]). Nothing is ever found from what is unknown:
//! unknown spans neither open nor close an outage, they widen its uncertainty ([`timing`]).
//!
//! [`prefix`](prefix()) finds the outages of one prefix and describes each ([`OutageReport`]):
//! which vantage ASes lost it and got it back, in what order ([`loss`]), which paths were lost and
//! which AS they share ([`paths`]), which peers kept their route unchanged (`stuck`), and what
//! each collector's own peers saw ([`collectors`]). `group_outage` does so for an AS or a
//! country, from the outages of its members; [`stages`] shows how each went down and came back,
//! [`ioda`] what IODA would have counted. [`events`] are what people would call one outage of an AS
//! or a country, and [`sensitivity`] says how much each depends on choices. [`groups`] puts all of it
//! together for a run.

pub mod choices;
pub mod collectors;
mod event_spans;
pub mod events;
pub(crate) mod group_loss;
mod group_outage;
pub mod groups;
pub mod ioda;
pub mod loss;
mod member_states;
pub mod outage;
pub mod paths;
mod prefix;
pub mod sensitivity;
pub mod stages;
pub(crate) mod stuck;
pub mod timing;

use crate::model::net::Asn;
use crate::model::peer::PeerId;
use crate::model::time::{TimeDelta, Timestamp, Window};
use crate::study::Study;
use crate::tally::CountingInputs;
use crate::tally::baseline::BaselineKind;
use crate::tally::vantage::VantageSet;
use choices::ChoiceInputs;
use collectors::CollectorView;
use loss::Loss;
pub use outage::{EndKind, Outage};
use paths::LostPaths;
pub use prefix::{PrefixOutages, prefix};

/// What an outage, a stage or a bin is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Everything of a country that is watched.
    Country,
    /// An origin AS.
    Asn,
    /// A prefix.
    Prefix,
    /// Everything that is watched.
    Watch,
}

impl Scope {
    /// As the tables write it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Country => "country",
            Self::Asn => "asn",
            Self::Prefix => "prefix",
            Self::Watch => "watch",
        }
    }
}

/// Which losses of visibility are outages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutageRules {
    /// Outages are listed as far as they lie in this window.
    pub window: Window,
    /// How long something must have been visible before its loss is an outage, unless it was in the
    /// baseline (`--min-life`).
    pub min_life: TimeDelta,
    /// Shorter outages are not listed (`--min-outage`).
    pub min_length: TimeDelta,
    /// Percentage points above one half that visibility must reach again to end an outage
    /// (`--hysteresis`).
    pub hysteresis: u32,
}

impl OutageRules {
    /// The rules of a study.
    pub const fn of(study: &Study) -> Self {
        Self {
            window: study.window,
            min_life: study.rules.min_life,
            min_length: study.rules.min_outage,
            hysteresis: study.rules.hysteresis,
        }
    }
}

/// What finding a prefix' outages needs besides its history and tally; the same for all prefixes of
/// a run.
#[derive(Clone, Copy)]
pub struct OutageInputs<'a> {
    /// What the prefix was counted with.
    pub counting: CountingInputs<'a>,
    /// By collector of the run: the vantage ASes with only that collector's peers counting.
    pub collectors: &'a [VantageSet],
    /// The other choices under which members are counted again.
    pub choices: &'a [ChoiceInputs],
    /// Which losses are outages.
    pub rules: OutageRules,
}

/// What is known of one outage of a prefix, an AS or a country.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutageReport {
    /// From when to when, and how deep.
    pub outage: Outage,
    /// What the membership of the prefix, or of the group's members, rests on; nothing for a prefix
    /// that is no member.
    pub baseline: Option<BaselineKind>,
    /// Origins of the routes in use while it was lost, or when it was back, that are not the
    /// members' own: a hijack, a takeover; each with when it was first. Ascending.
    pub other_origins: Vec<(Asn, Timestamp)>,
    /// What was lost, in the order of loss: vantage ASes in a prefix' outage, prefixes in a
    /// group's.
    pub losses: Vec<Loss>,
    /// The paths that were lost, and the AS that they share.
    pub lost_paths: LostPaths,
    /// Upstreams while the prefix was last up before the outage, ascending.
    pub upstreams_before: Vec<Asn>,
    /// Upstreams once it was up again, ascending; empty where it did not return.
    pub upstreams_after: Vec<Asn>,
    /// Peers that kept their route unchanged through most of the outage, ascending.
    pub stuck_peers: Vec<PeerId>,
    /// The depth without the stuck peers, in ten-thousandths.
    pub depth_without_stuck: u32,
    /// What the peers of each collector saw, for every collector with a peer that counts.
    pub collectors: Vec<CollectorView>,
}

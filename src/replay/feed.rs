//! Full feed: whether a peer's table is large enough to stand for the whole Internet.

use crate::model::net::Family;
use crate::model::time::Timestamp;
use crate::study::FeedRule;

/// Since when a peer counts as a full feed in a family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FullFeedSince {
    /// For every prefix: since a RIB lists the peer; `Timestamp::BEFORE_ALL` for the RIB at the
    /// start.
    pub listed: Option<Timestamp>,
    /// Since its first message in the family: it counts for a prefix from its first observation
    /// of that prefix on.
    pub active: Option<Timestamp>,
}

/// The smallest table that is a full feed, given all tables of the run in a family.
///
/// With a share, the third-largest table is the reference table; the largest where there are fewer
/// than three, or the third is under half of the largest.
pub fn least(rule: FeedRule, family: Family, tables: &[u32]) -> u32 {
    match rule {
        FeedRule::All => 1,
        FeedRule::Absolute(n) => n.max(1),
        FeedRule::Ioda => match family {
            Family::V4 => 400_000,
            Family::V6 => 10_000,
        },
        FeedRule::Share(per_mille) => {
            let mut sorted: Vec<u32> = tables.iter().copied().filter(|&t| t > 0).collect();
            sorted.sort_unstable_by(|a, b| b.cmp(a));
            let largest = sorted.first().copied().unwrap_or(0);
            let reference = match sorted.get(2) {
                Some(&third) if u64::from(third) * 2 >= u64::from(largest) => third,
                _ => largest,
            };
            let share = u64::from(reference) * u64::from(per_mille);
            u32::try_from(share.div_ceil(1000))
                .unwrap_or(u32::MAX)
                .max(1)
        }
    }
}

//! Outages of an AS or a country, told from what was found of its prefixes.

use super::collectors::Seen;
use super::doubt::Doubt;
use super::loss::{self, Loss, Lost};
use super::paths::Died;
use super::{Found, Outage, Rules, Story, outages};
use crate::model::net::{Asn, Prefix};
use crate::model::path::AsPath;
use crate::model::time::Window;
use crate::tally::group::{Group, Size};
use crate::tally::{Sight, Tally};
use std::collections::BTreeMap;

/// A prefix of the group.
#[derive(Clone, Copy)]
pub struct Part<'a> {
    /// Which.
    pub prefix: Prefix,
    /// Its count.
    pub tally: &'a Tally,
    /// What was found of it.
    pub found: &'a Found,
}

impl<'a> Part<'a> {
    /// What had part in an outage of the group, by start, however short.
    fn stories(&self, outage: &Outage) -> Vec<&'a Story> {
        let all = self.found.stories.iter().chain(&self.found.short);
        let mut its: Vec<&Story> = all
            .filter(|s| outage.overlaps(s.outage.start.0, Some(s.outage.end.0)))
            .collect();
        its.sort_by_key(|s| s.outage.start);
        its
    }
}

/// Whether nobody saw the prefix any more.
const fn is_gone(story: &Story) -> bool {
    story.outage.depth == 10_000
}

/// The outages of a group.
pub fn stories(group: &Group, parts: &[Part<'_>], paths: &[AsPath], rules: Rules) -> Vec<Story> {
    let in_baseline = group.minutes.first();
    let in_baseline = in_baseline.is_some_and(|c| c.baseline.unwrap_or(0) > 0);
    let doubt = Doubt {
        losses: Some(group.early_losses.clone()),
        returns: Some(group.early_returns.clone()),
    };
    let found = outages(&group.moments, &doubt, in_baseline, rules);
    found
        .into_iter()
        .filter(|outage| outage.is_listed(rules))
        .map(|outage| tell(outage, group.size, parts, paths, rules.window))
        .collect()
}

fn tell(outage: Outage, size: Size, parts: &[Part<'_>], paths: &[AsPath], window: Window) -> Story {
    // By the rule for small countries one prefix is enough, and only what nobody saw matters.
    let by_one = size == Size::Small
        && parts
            .iter()
            .any(|p| p.stories(&outage).iter().any(|s| is_gone(s)));
    let mut losses = Vec::new();
    let (mut last_paths, mut surviving) = (Vec::new(), Vec::new());
    let (mut before, mut after): (Vec<Asn>, Vec<Asn>) = (Vec::new(), Vec::new());
    let mut stuck = Vec::new();
    let mut alive: Vec<Asn> = Vec::new();
    let mut at_collectors: Vec<(u32, Vec<Seen>)> = Vec::new();
    for part in parts {
        let its = part.stories(&outage);
        let (Some(first), Some(last)) = (its.first(), its.last()) else {
            alive.extend(upstreams_at(part.tally, &outage, window));
            continue;
        };
        losses.push(Loss {
            what: Lost::Prefix(part.prefix),
            lost: first.outage.start.0,
            back: last.outage.end_uncertainty.map(|_| last.outage.end.0),
        });
        for story in &its {
            last_paths.extend(&story.died.last_paths);
            surviving.extend(&story.died.surviving);
            stuck.extend(&story.stuck);
        }
        before.extend(&first.upstreams_before);
        after.extend(&last.upstreams_after);
        if by_one && !its.iter().any(|s| is_gone(s)) {
            continue;
        }
        for (its_first, its_last) in first.seen.iter().zip(&last.seen) {
            let seen = Seen {
                back: its_last.back,
                ..*its_first
            };
            match at_collectors.iter_mut().find(|c| c.0 == seen.collector) {
                Some((_, all)) => all.push(seen),
                None => at_collectors.push((seen.collector, vec![seen])),
            }
        }
    }
    for list in [&mut before, &mut after, &mut alive] {
        list.sort_unstable();
        list.dedup();
    }
    stuck.sort_unstable();
    stuck.dedup();
    let mut died = Died::of(last_paths, surviving, paths);
    narrow(&mut died, &alive);
    let members = parts
        .iter()
        .filter(|p| p.tally.baseline.sight == Sight::Visible)
        .count();
    let spared = if by_one { 0 } else { members / 2 };
    Story {
        losses: loss::in_order(losses),
        died,
        upstreams_before: before,
        upstreams_after: after,
        stuck,
        depth_without_stuck: outage.depth,
        seen: at_collectors
            .iter()
            .filter_map(|(_, seen)| together(seen, spared))
            .collect(),
        outage,
    }
}

/// What can be said of an AS at which the paths of all lost prefixes died; `alive` are the upstreams
/// of the others. Of prefixes that stay only the upstreams are known here: whether their paths have
/// an AS further out cannot be said, and so nothing is.
fn narrow(died: &mut Died, alive: &[Asn]) {
    let is_at_origin = died.is_at_origin;
    died.common = died
        .common
        .filter(|c| alive.is_empty() || is_at_origin && !alive.contains(c));
    died.is_at_origin &= died.common.is_some();
}

/// The upstreams of a prefix that an outage of its group left alone, at the end of the minute in
/// which that began.
fn upstreams_at(tally: &Tally, outage: &Outage, window: Window) -> Vec<Asn> {
    let last = tally.moments.iter().rfind(|m| m.time <= outage.start.0);
    if last.is_none_or(|m| m.sight != Sight::Visible) {
        return Vec::new();
    }
    let minute = window.minute_index(outage.start) as u32;
    let mut now: BTreeMap<Asn, u32> = BTreeMap::new();
    for via in tally.via.iter().take_while(|v| v.minute <= minute) {
        now.insert(via.upstream, via.peer_asns);
    }
    now.retain(|_, peer_asns| *peer_asns > 0);
    now.into_keys().collect()
}

/// When a collector had lost more prefixes than can be `spared`, and when no longer.
fn together(seen: &[Seen], spared: usize) -> Option<Seen> {
    let first = seen.first()?;
    let mut lost: Vec<i64> = seen.iter().filter_map(|s| s.lost).collect();
    lost.sort_unstable();
    let lost_at = lost.get(spared).copied();
    // It is back when so few are still lost that they can be spared.
    let mut back: Vec<i64> = seen.iter().filter_map(|s| s.back).collect();
    back.sort_unstable();
    let needed = lost.len().checked_sub(spared + 1);
    let back_at = needed.and_then(|n| back.get(n)).copied();
    Some(Seen {
        lost: lost_at,
        back: back_at.filter(|_| lost_at.is_some()),
        vantages: seen.iter().map(|s| s.vantages).max().unwrap_or(0),
        ..*first
    })
}

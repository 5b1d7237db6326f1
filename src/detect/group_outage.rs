//! The outages of an AS or a country, described from those of its prefixes.

use super::collectors::CollectorView;
use super::loss::{self, Loss, LostEntity};
use super::outage::outages;
use super::paths::LostPaths;
use super::timing::TimingBounds;
use super::{Outage, OutageReport, OutageRules, PrefixOutages};
use crate::model::net::{Asn, Prefix};
use crate::model::path::AsPath;
use crate::model::time::{Timestamp, Window};
use crate::model::visibility::VisibilityState;
use crate::tally::Tally;
use crate::tally::group::{Group, GroupSize};
use crate::tally::upstreams::UpstreamsByMinute;

/// A prefix of a group.
#[derive(Clone, Copy)]
pub(crate) struct MemberOutages<'a> {
    /// The prefix.
    pub prefix: Prefix,
    /// What was counted of it.
    pub tally: &'a Tally,
    /// Its outages.
    pub outages: &'a PrefixOutages,
}

impl<'a> MemberOutages<'a> {
    /// Its outages, however short, that overlap an outage of the group, by start.
    fn within(&self, outage: &Outage) -> Vec<&'a OutageReport> {
        let mut within: Vec<&OutageReport> = self
            .outages
            .all()
            .filter(|r| outage.overlaps(r.outage.start, Some(r.outage.end)))
            .collect();
        within.sort_by_key(|r| r.outage.start);
        within
    }
}

/// Whether no vantage AS saw the prefix any more.
const fn is_total(report: &OutageReport) -> bool {
    report.outage.depth == Outage::TOTAL
}

/// Finds the outages of a group and describes each. `members` are its prefixes, `paths` the run's
/// AS paths.
pub(crate) fn reports(
    group: &Group,
    members: &[MemberOutages<'_>],
    paths: &[AsPath],
    rules: OutageRules,
) -> Vec<OutageReport> {
    let first = group.minutes.first();
    let in_baseline = first.is_some_and(|minute| minute.baseline.unwrap_or(0) > 0);
    let timing = TimingBounds {
        earliest_losses: Some(group.earliest_losses.clone()),
        earliest_returns: Some(group.earliest_returns.clone()),
    };
    let outages = outages(&group.visibility_changes, &timing, in_baseline, rules);
    let listed = outages.into_iter().filter(|o| o.is_listed(rules));
    listed
        .map(|outage| report(outage, group.size, members, paths, rules.window))
        .collect()
}

fn report(
    outage: Outage,
    size: GroupSize,
    members: &[MemberOutages<'_>],
    paths: &[AsPath],
    window: Window,
) -> OutageReport {
    // By the rule for small countries one prefix is enough, and only a total loss counts.
    let is_total_loss = |m: &MemberOutages<'_>| m.within(&outage).iter().any(|r| is_total(r));
    let one_is_enough = size == GroupSize::Small && members.iter().any(is_total_loss);
    let mut losses = Vec::new();
    let (mut last_paths, mut surviving) = (Vec::new(), Vec::new());
    let (mut before, mut after): (Vec<Asn>, Vec<Asn>) = (Vec::new(), Vec::new());
    let mut stuck_peers = Vec::new();
    let mut surviving_upstreams: Vec<Asn> = Vec::new();
    let mut by_collector: Vec<(u32, Vec<CollectorView>)> = Vec::new();
    for member in members {
        let within = member.within(&outage);
        let (Some(first), Some(last)) = (within.first(), within.last()) else {
            surviving_upstreams.extend(upstreams_at_start(member.tally, &outage, window));
            continue;
        };
        losses.push(Loss {
            entity: LostEntity::Prefix(member.prefix),
            lost_at: first.outage.start,
            back_at: last.outage.end_uncertainty.map(|_| last.outage.end),
        });
        for report in &within {
            last_paths.extend(&report.lost_paths.last_paths);
            surviving.extend(&report.lost_paths.surviving);
            stuck_peers.extend(&report.stuck_peers);
        }
        before.extend(&first.upstreams_before);
        after.extend(&last.upstreams_after);
        if one_is_enough && !within.iter().any(|r| is_total(r)) {
            continue;
        }
        for (its_first, its_last) in first.collectors.iter().zip(&last.collectors) {
            let view = CollectorView {
                back_at: its_last.back_at,
                ..*its_first
            };
            match by_collector.iter_mut().find(|c| c.0 == view.collector) {
                Some((_, views)) => views.push(view),
                None => by_collector.push((view.collector, vec![view])),
            }
        }
    }
    for list in [&mut before, &mut after, &mut surviving_upstreams] {
        list.sort_unstable();
        list.dedup();
    }
    stuck_peers.sort_unstable();
    stuck_peers.dedup();
    let mut lost_paths = LostPaths::of(last_paths, surviving, paths);
    exclude_surviving(&mut lost_paths, &surviving_upstreams);
    let baseline = members.iter().filter(|m| m.tally.baseline.is_member());
    let tolerated = if one_is_enough {
        0
    } else {
        baseline.count() / 2
    };
    OutageReport {
        losses: loss::in_order(losses),
        lost_paths,
        upstreams_before: before,
        upstreams_after: after,
        stuck_peers,
        depth_without_stuck: outage.depth,
        collectors: by_collector
            .iter()
            .filter_map(|(_, views)| combined(views, tolerated))
            .collect(),
        outage,
    }
}

/// Drops the common AS of the lost paths where a prefix that was not lost may have it on its paths.
/// Of such prefixes only the upstreams are known here, so an AS further from the origin cannot be
/// ruled out, and none is named.
fn exclude_surviving(lost_paths: &mut LostPaths, upstreams: &[Asn]) {
    let is_upstream = lost_paths.is_upstream;
    lost_paths.common_as = lost_paths
        .common_as
        .filter(|c| upstreams.is_empty() || is_upstream && !upstreams.contains(c));
    lost_paths.is_upstream &= lost_paths.common_as.is_some();
}

/// The upstreams of a prefix that its group's outage did not touch, at the end of the minute in
/// which that began.
fn upstreams_at_start(tally: &Tally, outage: &Outage, window: Window) -> Vec<Asn> {
    let changes = &tally.visibility_changes;
    let last = changes.iter().rfind(|c| c.time <= outage.start);
    if last.is_none_or(|c| c.state != VisibilityState::Visible) {
        return Vec::new();
    }
    let minute = window.minute_index(outage.start) as u32;
    let mut upstreams = UpstreamsByMinute::new(&tally.upstream_counts);
    upstreams.at(minute).keys().copied().collect()
}

/// When one collector's peers had lost more prefixes than the `tolerated` number, and when no
/// longer.
fn combined(views: &[CollectorView], tolerated: usize) -> Option<CollectorView> {
    let first = views.first()?;
    let mut lost: Vec<Timestamp> = views.iter().filter_map(|v| v.lost_at).collect();
    lost.sort_unstable();
    let lost_at = lost.get(tolerated).copied();
    // It is back as soon as no more than the tolerated number are still lost.
    let mut back: Vec<Timestamp> = views.iter().filter_map(|v| v.back_at).collect();
    back.sort_unstable();
    let needed = lost.len().checked_sub(tolerated + 1);
    let back_at = needed.and_then(|n| back.get(n)).copied();
    Some(CollectorView {
        lost_at,
        back_at: back_at.filter(|_| lost_at.is_some()),
        vantages: views.iter().map(|v| v.vantages).max().unwrap_or(0),
        ..*first
    })
}

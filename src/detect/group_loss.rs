//! What the outages of the prefixes of a group have in common while the group is lost: in what
//! order they were lost, which paths, behind which upstreams, and which collectors agree.

use super::collectors::CollectorView;
use super::loss::{self, Loss, LostEntity};
use super::paths::{self, LostPaths};
use super::{OutageReport, PrefixOutages};
use crate::model::net::{Asn, Prefix};
use crate::model::path::AsPath;
use crate::model::peer::PeerId;
use crate::model::time::{Timestamp, Window};
use crate::model::visibility::VisibilityState;
use crate::tally::Tally;
use crate::tally::baseline::BaselineKind;
use crate::tally::upstreams::UpstreamsByMinute;
use std::collections::BTreeMap;

/// A member of a group.
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
    /// Its outages, however short, that overlap a span, by start.
    fn within(&self, (from, to): (Timestamp, Timestamp)) -> Vec<&'a OutageReport> {
        let all = self.outages.all();
        let mut within: Vec<&OutageReport> =
            all.filter(|r| r.outage.overlaps(from, Some(to))).collect();
        within.sort_by_key(|r| r.outage.start);
        within
    }
}

/// What the members' outages within a span have in common.
#[derive(Debug, Clone, Default)]
pub(super) struct GroupLoss {
    /// The prefixes that were lost, in the order of loss.
    pub(super) losses: Vec<Loss>,
    /// By vantage AS: when it first lost any of the prefixes.
    pub(super) networks: BTreeMap<Asn, Timestamp>,
    /// The paths that were lost, and the AS that they share.
    pub(super) lost_paths: LostPaths,
    /// Upstreams of the lost prefixes before, during and after. Ascending.
    pub(super) upstreams_before: Vec<Asn>,
    pub(super) upstreams_during: Vec<Asn>,
    pub(super) upstreams_after: Vec<Asn>,
    /// Origins, other than the members' own, of the routes in use while lost or when back.
    /// Each with when it was first.
    pub(super) other_origins: Vec<(Asn, Timestamp)>,
    pub(super) stuck_peers: Vec<PeerId>,
    /// What each collector's own peers saw of each lost prefix.
    pub(super) by_collector: Vec<(u32, Vec<CollectorView>)>,
}

impl GroupLoss {
    /// Describes a span of time, at the worst instant of which it is seen what survived. `members`
    /// are those of the group; `is_lost` picks those that the loss is of, the others survived it.
    pub(super) fn of(
        span: (Timestamp, Timestamp),
        worst_at: Timestamp,
        members: &[MemberOutages<'_>],
        is_lost: impl Fn(usize) -> bool,
        all_paths: &[AsPath],
        window: Window,
    ) -> Self {
        let mut loss = Self::default();
        let (mut last_paths, mut surviving) = (Vec::new(), Vec::new());
        // Of members that were not lost only the upstreams are known: how many vantage ASes see
        // one through each.
        let mut unlost = SurvivingUpstreams::default();
        for (index, member) in members.iter().enumerate() {
            let within = match is_lost(index) {
                true => member.within(span),
                false => Vec::new(),
            };
            let (Some(first), Some(last)) = (within.first(), within.last()) else {
                unlost.add(member.tally, worst_at, window);
                continue;
            };
            loss.losses.push(Loss {
                entity: LostEntity::Prefix(member.prefix),
                lost_at: first.outage.start,
                back_at: last.outage.is_back().then_some(last.outage.end),
            });
            for report in &within {
                last_paths.extend(&report.lost_paths.last_paths);
                surviving.extend(&report.lost_paths.surviving);
                loss.stuck_peers.extend(&report.stuck_peers);
                loss.other_origins.extend(&report.other_origins);
                loss.add_networks(&report.losses);
            }
            loss.upstreams_before.extend(&first.upstreams_before);
            loss.upstreams_after.extend(&last.upstreams_after);
            loss.add_collectors(first, last);
        }
        let on_surviving = surviving.iter().map(|&path| &all_paths[path as usize]);
        loss.upstreams_during = on_surviving.flat_map(AsPath::upstreams).collect();
        for list in [
            &mut loss.upstreams_before,
            &mut loss.upstreams_during,
            &mut loss.upstreams_after,
        ] {
            list.sort_unstable();
            list.dedup();
        }
        loss.other_origins.sort_unstable();
        loss.other_origins.dedup_by_key(|origin| origin.0);
        loss.stuck_peers.sort_unstable();
        loss.stuck_peers.dedup();
        loss.losses = loss::in_order(loss.losses);
        loss.lost_paths = LostPaths::of(last_paths, surviving, all_paths);
        unlost.exclude_from(&mut loss.lost_paths);
        loss
    }

    fn add_networks(&mut self, losses: &[Loss]) {
        for loss in losses {
            if let LostEntity::Vantage(asn) = loss.entity {
                let first = self.networks.entry(asn).or_insert(loss.lost_at);
                *first = loss.lost_at.min(*first);
            }
        }
    }

    fn add_collectors(&mut self, first: &OutageReport, last: &OutageReport) {
        for (its_first, its_last) in first.collectors.iter().zip(&last.collectors) {
            let view = CollectorView {
                back_at: its_last.back_at,
                ..*its_first
            };
            let entry = self.by_collector.iter_mut().find(|c| c.0 == view.collector);
            match entry {
                Some((_, views)) => views.push(view),
                None => self.by_collector.push((view.collector, vec![view])),
            }
        }
    }

    /// The networks that lost any of the prefixes at the first of all instants, and at the last.
    /// Ascending.
    pub(super) fn first_and_last_networks(&self) -> (Vec<Asn>, Vec<Asn>) {
        let at = |time: Option<&Timestamp>| {
            let there = self
                .networks
                .iter()
                .filter(|network| Some(network.1) == time);
            there.map(|network| *network.0).collect()
        };
        (
            at(self.networks.values().min()),
            at(self.networks.values().max()),
        )
    }

    /// When each collector's own peers had lost more of the prefixes than the `tolerated` number,
    /// and when no longer.
    pub(super) fn collectors(&self, tolerated: usize) -> Vec<CollectorView> {
        let views = self.by_collector.iter();
        let combined = views.filter_map(|(_, views)| combined(views, tolerated));
        combined.collect()
    }

    /// The collectors whose own peers had lost at least half of the prefixes, ascending.
    pub(super) fn agreeing_collectors(&self) -> Vec<u32> {
        let agrees = |views: &[CollectorView]| {
            let lost = views.iter().filter(|view| view.lost_at.is_some()).count();
            lost > 0 && lost * 2 >= views.len()
        };
        let agreeing = self.by_collector.iter().filter(|(_, views)| agrees(views));
        let mut agreeing: Vec<u32> = agreeing.map(|(collector, _)| *collector).collect();
        agreeing.sort_unstable();
        agreeing
    }
}

/// What the membership of some members rests on: of several kinds the one that is least certain.
pub(super) fn baseline_of<'a>(
    members: impl Iterator<Item = &'a MemberOutages<'a>>,
) -> Option<BaselineKind> {
    let kinds = members.filter_map(|m| m.tally.baseline.membership);
    kinds.map(|m| m.kind).max()
}

/// The upstreams of prefixes that were not lost.
#[derive(Default)]
struct SurvivingUpstreams {
    /// How many vantage ASes see some prefix, summed over all of them.
    seeing: usize,
    /// Of these, by upstream.
    by_upstream: BTreeMap<Asn, usize>,
}

impl SurvivingUpstreams {
    /// Adds a prefix with its upstreams at the end of the minute of an instant.
    fn add(&mut self, tally: &Tally, at: Timestamp, window: Window) {
        let changes = &tally.visibility_changes;
        let last = changes.iter().rfind(|c| c.time <= at);
        let Some(change) = last.filter(|c| c.state == VisibilityState::Visible) else {
            return;
        };
        self.seeing += change.visibility.seeing as usize;
        let minute = window.minute_index(at) as u32;
        for (&upstream, &vantages) in UpstreamsByMinute::new(&tally.upstream_counts).at(minute) {
            *self.by_upstream.entry(upstream).or_default() += vantages as usize;
        }
    }

    /// Drops the common AS of the lost paths where more than 10 % of the paths to the prefixes that
    /// were not lost have it. Of such prefixes only the upstreams are known here, so an AS further
    /// from the origin cannot be ruled out, and none is named.
    fn exclude_from(&self, lost_paths: &mut LostPaths) {
        let is_upstream = lost_paths.is_upstream;
        let through = |asn: Asn| self.by_upstream.get(&asn).copied().unwrap_or(0);
        lost_paths.common_as = lost_paths.common_as.filter(|&asn| {
            self.seeing == 0 || is_upstream && paths::is_few(through(asn), self.seeing)
        });
        lost_paths.is_upstream &= lost_paths.common_as.is_some();
    }
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

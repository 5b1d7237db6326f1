//! The outages of an AS or a country, described from those of its members.

use super::choices::ChoiceInputs;
use super::group_loss::{GroupLoss, MemberOutages, baseline_of};
use super::outage;
use super::sensitivity;
use super::{Outage, OutageReport, OutageRules};
use crate::model::path::AsPath;
use crate::tally::group::Group;

/// Finds the outages of a group and describes each. `members` are its members, `paths` the run's AS
/// paths, `choices` the other choices under which they were counted.
pub(super) fn reports(
    group: &Group,
    members: &[MemberOutages<'_>],
    paths: &[AsPath],
    choices: &[ChoiceInputs],
    rules: OutageRules,
) -> Vec<OutageReport> {
    let outages = outage::of_group(group, rules).into_iter();
    let listed = outages.filter(|o| o.is_listed(rules));
    listed
        .map(|outage| report(outage, members, paths, choices, rules))
        .collect()
}

fn report(
    outage: Outage,
    members: &[MemberOutages<'_>],
    paths: &[AsPath],
    choices: &[ChoiceInputs],
    rules: OutageRules,
) -> OutageReport {
    let span = (outage.start, outage.end);
    let loss = GroupLoss::of(
        span,
        outage.deepest_at,
        members,
        |_| true,
        paths,
        rules.window,
    );
    OutageReport {
        baseline: baseline_of(members.iter()),
        collectors: loss.collectors(members.len() / 2),
        depth_without_stuck: match loss.stuck_peers.is_empty() {
            true => outage.depth,
            false => {
                sensitivity::depth_without_stuck(&outage, members, choices).unwrap_or(outage.depth)
            }
        },
        losses: loss.losses,
        lost_paths: loss.lost_paths,
        upstreams_before: loss.upstreams_before,
        upstreams_after: match outage.is_back() {
            true => loss.upstreams_after,
            false => Vec::new(),
        },
        other_origins: {
            // A member's own outage may last longer than the group's.
            let origins = loss.other_origins.into_iter();
            origins.filter(|origin| origin.1 <= outage.end).collect()
        },
        stuck_peers: loss.stuck_peers,
        outage,
    }
}

//! Explanations as JSON. The keys are stable: later versions add some and take none away. Times are
//! RFC 3339 in UTC; what does not apply is null or left out.
//!
//! | key | of a prefix |
//! |---|---|
//! | `prefix` | the prefix |
//! | `at` | `asked`; `minute`, the cell that contains it; `is_cell`, whether the cell was asked for; `records_before`, the first instant whose records no longer take effect |
//! | `counts` | `peer_asns_full`, `peer_asns_known`, `peer_asns_seeing`, `visibility`, as in `prefixes` |
//! | `seeing`, `not_seeing`, `unknown` | vantage ASes: `asn` and `peers` |
//! | `not_counted` | peers, each with the reason as `not_counted` |
//! | `complete` | false where files were missing or damaged |
//!
//! A peer has `collector`, `peer_asn`, `peer_ip`, `presence`, `since` (with cause `rib`: or before),
//! `paths`, `because` (evidence: what caused the presence, then what that rests on) and,
//! where the path is later than the presence, `path_by`. Evidence has `cause` (as in `transitions`,
//! or `rib`, `unheard`), `time`, `file`, `offset`, `note` and `record`: [`crate::model::record`].
//!
//! A group has `asn` (null for the country), `at`, `complete` and `families`: `family`,
//! `prefixes_baseline`, `prefixes_visible` and `prefixes`, each with `prefix`, `counts`,
//! `is_counted` (those longer than a /24 or /48 are not), `in_baseline`, `sight`, `since` and
//! `deciding`: rows as in `transitions`.
//!
//! From the tables alone (`super::tables`) come `from_tables`, `rows` and `changes`.

use super::evidence::Evidence;
use super::group::{self, ExplainedPrefix, GroupSelector};
use super::{AskedTime, PeerExplanation, PrefixExplanation, VantageExplanation};
use crate::locate;
use crate::model::route::Presence;
use crate::model::visibility::Visibility;
use crate::model::visibility::VisibilityState;
use crate::pipeline::Replayed;
use serde_json::{Value, json};

/// Which vantage ASes saw a prefix, with the evidence.
pub fn explanation(run: &Replayed, explained: &PrefixExplanation) -> Value {
    let of = |presence: Presence| -> Vec<Value> {
        let vantages = explained.vantages.iter().filter(|v| v.presence == presence);
        vantages.map(|v| vantage(run, v)).collect()
    };
    let others = explained.others.iter().map(|p| peer(run, p));
    json!({
        "prefix": explained.prefix,
        "at": at(&explained.at),
        "counts": counts(explained.full() as u32, explained.visibility()),
        "seeing": of(Presence::Present),
        "not_seeing": of(Presence::Absent),
        "unknown": of(Presence::Unknown),
        "not_counted": others.collect::<Vec<_>>(),
        "complete": !run.is_incomplete(),
    })
}

/// The time that was asked about.
pub fn at(at: &AskedTime) -> Value {
    json!({
        "asked": at.asked,
        "minute": at.label,
        "is_cell": at.is_cell(),
        "records_before": at.before,
    })
}

/// Counts under the names of the columns of `prefixes`.
pub fn counts(full: u32, now: Visibility) -> Value {
    json!({
        "peer_asns_full": full,
        "peer_asns_known": now.known,
        "peer_asns_seeing": now.seeing,
        "visibility": now.ratio().map(|r| f64::from(r) / 10_000.0),
    })
}

fn vantage(run: &Replayed, vantage: &VantageExplanation) -> Value {
    let peers = vantage.peers.iter().map(|p| peer(run, p));
    json!({"asn": vantage.asn, "peers": peers.collect::<Vec<_>>()})
}

fn peer(run: &Replayed, view: &PeerExplanation) -> Value {
    let who = &run.reports[view.peer as usize].peer;
    let paths = view
        .paths
        .iter()
        .map(|&path| run.observations.paths[path as usize].to_string());
    let because = view.evidence.iter().map(|e| evidence(run, e));
    let mut value = json!({
        "collector": who.collector,
        "peer_asn": who.session.asn,
        "peer_ip": who.session.ip,
        "presence": view.presence.label(),
        "since": view.evidence.first().and_then(|e| e.time),
        "paths": paths.collect::<Vec<_>>(),
        "because": because.collect::<Vec<_>>(),
    });
    if let Some(by) = &view.path_evidence {
        value["path_by"] = evidence(run, by);
    }
    if let Some(not_counted) = view.not_counted {
        value["not_counted"] = not_counted.reason().into();
    }
    value
}

fn evidence(run: &Replayed, evidence: &Evidence) -> Value {
    let file = evidence.files.first().and_then(|&id| run.file(id));
    let mut value = json!({
        "cause": evidence.kind.label(),
        "time": evidence.time,
        "file": file.map(|f| locate::url_of(&f.file)),
        "offset": evidence.offset(),
    });
    if let Some(note) = &evidence.note {
        value["note"] = note.as_str().into();
    }
    if let Some(record) = &evidence.record {
        value["record"] = json!(record);
    }
    value
}

/// The prefixes of a group's rows.
pub fn groups(
    run: &Replayed,
    group: GroupSelector,
    at: &AskedTime,
    families: &[group::GroupExplanation],
) -> Value {
    let families = families.iter().map(|of| {
        let members = of.members.iter().map(|m| member(run, of.full, m));
        json!({
            "family": of.family.number(),
            "prefixes_baseline": of.baseline(),
            "prefixes_visible": of.visible(),
            "prefixes": members.collect::<Vec<_>>(),
        })
    });
    json!({
        "asn": match group {
            GroupSelector::Asn(asn) => Some(asn),
            GroupSelector::Whole => None,
        },
        "at": self::at(at),
        "complete": !run.is_incomplete(),
        "families": families.collect::<Vec<_>>(),
    })
}

fn member(run: &Replayed, full: u32, member: &ExplainedPrefix) -> Value {
    let deciding = member.deciding.iter().map(|c| {
        let who = &run.reports[c.peer as usize].peer;
        let file = run.file(c.file);
        json!({
            "time": c.time,
            "collector": who.collector,
            "peer_asn": who.session.asn,
            "peer_ip": who.session.ip,
            "from": c.from.label(),
            "to": c.to.label(),
            "cause": c.cause.label(),
            "file": file.map(|f| locate::url_of(&f.file)),
            "offset": file.map(|_| c.offset),
        })
    });
    json!({
        "prefix": member.prefix,
        "counts": counts(full, member.visibility),
        "is_counted": member.counts(),
        "in_baseline": member.is_member,
        "sight": state_label(member.state),
        "since": member.since,
        "deciding": deciding.collect::<Vec<_>>(),
    })
}

/// `visible`, `lost` or `unknown`.
pub(crate) const fn state_label(state: VisibilityState) -> &'static str {
    match state {
        VisibilityState::Visible => "visible",
        VisibilityState::Lost => "lost",
        VisibilityState::Unknown => "unknown",
    }
}

//! `peers`: a row per peer and family.

use super::part::WriteError;
use super::table::{Cells, Column, Kind, Schema, TableWriter};
use super::{Findings, texts};
use crate::model::net::Family;
use crate::model::time::SECOND;
use crate::replay::classify::{FamilyReport, FeedStatus, PeerReport};

/// See the columns.
pub const SCHEMA: Schema = Schema {
    name: "peers",
    doc: "Who was listened to, and who counts",
    key: &["collector", "peer_asn", "peer_ip", "family"],
    columns: &[
        col("collector", Kind::Text, "The collector"),
        col("peer_asn", Kind::Int, "The peer's ASN as recorded"),
        col("peer_ip", Kind::Text, "The peer's address as recorded"),
        col("family", Kind::Text, "4 or 6"),
        col(
            "table_size",
            Kind::Int,
            "Prefixes in the RIB that starts its replay; empty where no whole RIB lists it",
        ),
        col("full_feed", Kind::Text, "true where it counts"),
        col("reason", Kind::Text, "Why it does not"),
        col(
            "route_server",
            Kind::Text,
            "true where most of its paths begin with another AS",
        ),
        col(
            "sessions_lost",
            Kind::Int,
            "Losses of the session since replay began",
        ),
        col(
            "seconds_unknown",
            Kind::Int,
            "Seconds of the window in which what it had not spoken of was unknown",
        ),
        col(
            "rib_added",
            Kind::Int,
            "Watched routes that later RIBs listed and the replay had absent",
        ),
        col(
            "rib_removed",
            Kind::Int,
            "Watched routes that the replay had and later RIBs did not list",
        ),
        col(
            "clipped_updates",
            Kind::Int,
            "UPDATEs that the collector cut at 4,096 bytes, both families",
        ),
        col(
            "stuck_prefixes",
            Kind::Int,
            "Outages of watched prefixes through which it kept its route unchanged",
        ),
        col(
            "clock_offset_s",
            Kind::Int,
            "Seconds by which the collector's clock is ahead of the others', by common losses; empty where none tells",
        ),
    ],
};

const fn col(name: &'static str, kind: Kind, doc: &'static str) -> Column {
    Column { name, kind, doc }
}

pub(super) fn write(writer: &mut TableWriter, findings: &Findings<'_>) -> Result<(), WriteError> {
    let rows: Vec<(&PeerReport, Family, &FamilyReport)> =
        findings.answer.peers.iter().flat_map(families).collect();
    let of_peer =
        |value: fn(&PeerReport) -> u32| Cells::counts(rows.iter().map(|(p, _, _)| value(p)));
    let of_family =
        |value: fn(&FamilyReport) -> u32| Cells::counts(rows.iter().map(|(_, _, f)| value(f)));
    let seconds = |f: &FamilyReport| Some((f.unknown + SECOND / 2) / SECOND);
    writer.write(vec![
        texts(rows.iter().map(|(p, _, _)| Some(&p.peer.collector))),
        of_peer(|p| p.peer.session.asn),
        texts(rows.iter().map(|(p, _, _)| Some(p.peer.session.ip))),
        texts(rows.iter().map(|(_, family, _)| Some(family.label()))),
        Cells::Int(
            rows.iter()
                .map(|(_, _, f)| f.table.map(i64::from))
                .collect(),
        ),
        texts(
            rows.iter()
                .map(|(_, _, f)| Some(f.status == FeedStatus::FullFeed)),
        ),
        texts(rows.iter().map(|(_, _, f)| why_not(f))),
        texts(rows.iter().map(|(p, _, _)| Some(p.route_server))),
        of_peer(|p| p.losses),
        Cells::Int(rows.iter().map(|(_, _, f)| seconds(f)).collect()),
        of_family(|f| f.added),
        of_family(|f| f.removed),
        of_peer(|p| p.clipped),
        of_family(|f| f.stuck),
        Cells::Int(rows.iter().map(|(p, _, _)| clock(findings, p)).collect()),
    ])
}

/// Whole seconds, the nearest.
fn clock(findings: &Findings<'_>, peer: &PeerReport) -> Option<i64> {
    let mut collectors = findings.answer.collectors.iter();
    let at = collectors.position(|r| r.collector == peer.peer.collector)?;
    let offset = findings.answer.clocks.get(at).copied().flatten()?;
    Some((offset + SECOND / 2).div_euclid(SECOND))
}

/// The families that a peer has something to say in; IPv4 where it has none.
fn families(peer: &PeerReport) -> impl Iterator<Item = (&PeerReport, Family, &FamilyReport)> {
    let spoke = |f: &FamilyReport| f.table.is_some() || f.heard;
    let mute = !peer.families.iter().any(spoke);
    Family::BOTH.into_iter().filter_map(move |family| {
        let report = &peer.families[family.index()];
        let shown = spoke(report) || (mute && family == Family::V4);
        shown.then_some((peer, family, report))
    })
}

fn why_not(report: &FamilyReport) -> Option<String> {
    match report.status {
        FeedStatus::FullFeed => None,
        FeedStatus::TooSmall { least } => Some(format!("table smaller than {least}")),
        FeedStatus::Unlisted => Some("no whole RIB lists it".to_owned()),
        FeedStatus::RouteServer => Some("route server, left out".to_owned()),
    }
}

//! `peers`: a row per peer and family.

use super::prelude::*;
use crate::model::net::Family;
use crate::replay::classify::{FamilyReport, FeedStatus, PeerReport};

/// The table.
pub(crate) static TABLE: Table = Table {
    name: "peers",
    doc: "The peers of the run, and which of them count",
    key: &["collector", "peer_asn", "peer_ip", "family"],
    columns: &[
        column("collector", Kind::Text, "The collector"),
        column("peer_asn", Kind::Int, "The peer's ASN as recorded"),
        column("peer_ip", Kind::Text, "The peer's address as recorded"),
        column("family", Kind::Int, "4 or 6"),
        column(
            "table_size",
            Kind::Int,
            "Prefixes in the RIB that starts its replay; empty where no whole RIB lists it",
        )
        .of(Basis::FileContents),
        column("full_feed", Kind::Bool, "Whether it counts"),
        column("reason", Kind::Text, "Why it does not count").of(Basis::FileContents),
        column(
            "route_server",
            Kind::Bool,
            "Whether most of its paths begin with another AS",
        ),
        column(
            "sessions_lost",
            Kind::Int,
            "Losses of the session since replay began",
        ),
        column(
            "seconds_unknown",
            Kind::Int,
            "Seconds of the window in which the peer as a whole was unknown: after a loss of its session, a gap, damage or in a silence, until its session had settled, a whole RIB listed it, or the silence ended. A peer that no whole RIB lists is unknown before its first message of the family, and after a gap or damage until its next UPDATE; a single prefix of which it has said nothing stays unknown beyond that and is not counted here",
        ),
        column(
            "rib_added",
            Kind::Int,
            "Watched routes that a later RIB listed and the replay had as absent",
        ),
        column(
            "rib_removed",
            Kind::Int,
            "Watched routes that the replay had as present and a later RIB did not list",
        ),
        column(
            "clipped_updates",
            Kind::Int,
            "UPDATEs that the collector cut at 4,096 bytes, both families",
        ),
        column(
            "stuck_prefixes",
            Kind::Int,
            "Outages of watched prefixes through which it kept its route unchanged",
        ),
        column(
            "clock_offset_s",
            Kind::Int,
            "Seconds by which the collector's clock is ahead of the others', measured on losses that they share; empty where they share none",
        ),
    ],
    layout: RowLayout::WithoutTime,
    regression: Regression::Kept,
    is_part_of: always,
    rows: few,
    write,
};

fn write(writer: &mut TableWriter, findings: &Findings) -> Result<(), WriteError> {
    let rows: Vec<(&PeerReport, Family, &FamilyReport)> =
        findings.peers.iter().flat_map(families).collect();
    let of_peer =
        |value: fn(&PeerReport) -> u32| Cells::counts(rows.iter().map(|(p, _, _)| value(p)));
    let of_family =
        |value: fn(&FamilyReport) -> u32| Cells::counts(rows.iter().map(|(_, _, f)| value(f)));
    let reports = || rows.iter().map(|(_, _, report)| *report);
    writer.write(vec![
        Cells::texts(rows.iter().map(|(p, _, _)| Some(&p.peer.collector))),
        of_peer(|p| p.peer.session.asn),
        Cells::texts(rows.iter().map(|(p, _, _)| Some(p.peer.session.ip))),
        Cells::counts(rows.iter().map(|(_, family, _)| family.number())),
        Cells::ints(reports().map(|f| f.table.map(i64::from))),
        Cells::bools(reports().map(|f| f.status == FeedStatus::FullFeed)),
        Cells::texts(reports().map(why_not)),
        Cells::bools(rows.iter().map(|(p, _, _)| p.route_server)),
        of_peer(|p| p.losses),
        Cells::ints(reports().map(|f| Some((f.unknown.0 + SECOND / 2) / SECOND))),
        of_family(|f| f.added),
        of_family(|f| f.removed),
        of_peer(|p| p.clipped),
        of_family(|f| f.stuck),
        Cells::ints(rows.iter().map(|(p, _, _)| clock(findings, p))),
    ])
}

/// Whole seconds, the nearest.
fn clock(findings: &Findings, peer: &PeerReport) -> Option<i64> {
    let mut collectors = findings.collectors.iter();
    let at = collectors.position(|r| r.collector == peer.peer.collector)?;
    let offset = findings.clocks.get(at).copied().flatten()?;
    Some((offset.0 + SECOND / 2).div_euclid(SECOND))
}

/// The families in which a RIB lists the peer or routes of it were observed; IPv4 where there is none.
fn families(peer: &PeerReport) -> impl Iterator<Item = (&PeerReport, Family, &FamilyReport)> {
    let has_routes = |f: &FamilyReport| f.table.is_some() || f.first_message.is_some();
    let has_none = !peer.families.iter().any(has_routes);
    Family::BOTH.into_iter().filter_map(move |family| {
        let report = &peer.families[family.index()];
        let shown = has_routes(report) || (has_none && family == Family::V4);
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

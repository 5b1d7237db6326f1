//! `peers` read back: the sessions that fed the run, and which of them were counted.

use super::batches::read_all;
use super::reader::ReadError;
use crate::manifest::Manifest;
use crate::model::net::{Asn, Family};
use crate::write::tables::peers;
use std::path::Path;

/// A row of `peers`: a BGP session in one family.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerView {
    /// Name of the collector, such as `rrc00`.
    pub collector: String,
    /// The peer's ASN as recorded: the vantage AS.
    pub asn: Asn,
    /// The peer's address as recorded.
    pub ip: String,
    /// Address family; a session that carries both has a row for each.
    pub family: Family,
    /// Prefixes in the RIB that its replay starts from; `None` where no whole RIB lists it.
    pub table_size: Option<u64>,
    /// Whether it is counted as a full feed.
    pub is_full_feed: bool,
    /// Why it is not, `too_small` for example; empty where it is.
    pub reason: String,
    /// Whether most of its paths begin with another AS than its own.
    pub is_route_server: bool,
    /// Losses of its session since the replay began.
    pub sessions_lost: u32,
    /// Seconds of the window in which routes that it had not announced again were unknown.
    pub seconds_unknown: u64,
    /// Watched routes that later RIBs listed and the replay had absent.
    pub rib_added: u32,
    /// Watched routes that the replay had and later RIBs did not list.
    pub rib_removed: u32,
    /// UPDATEs that the collector cut at 4,096 bytes.
    pub clipped_updates: u32,
    /// Outages of watched prefixes through which it kept its route unchanged.
    pub stuck_prefixes: u32,
    /// Seconds by which its collector's clock is ahead of the others'.
    pub clock_offset_s: Option<i64>,
}

pub(super) fn read(dir: &Path, manifest: &Manifest) -> Result<Vec<PeerView>, ReadError> {
    read_all(dir, manifest, &peers::TABLE, |r, row| PeerView {
        collector: r.string("collector", row),
        asn: r.count("peer_asn", row),
        ip: r.string("peer_ip", row),
        family: r.family("family", row),
        table_size: r.int("table_size", row).and_then(|n| u64::try_from(n).ok()),
        is_full_feed: r.is_true("full_feed", row),
        reason: r.string("reason", row),
        is_route_server: r.is_true("route_server", row),
        sessions_lost: r.count("sessions_lost", row),
        seconds_unknown: r.count("seconds_unknown", row),
        rib_added: r.count("rib_added", row),
        rib_removed: r.count("rib_removed", row),
        clipped_updates: r.count("clipped_updates", row),
        stuck_prefixes: r.count("stuck_prefixes", row),
        clock_offset_s: r.int("clock_offset_s", row),
    })
}

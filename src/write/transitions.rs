//! `transitions`: a row per change of presence or path at one peer, within the window.

use super::part::WriteError;
use super::table::{BATCH, Cells, Column, Kind, Schema, TableWriter};
use super::{Findings, texts};
use crate::locate;
use crate::model::route::{FileId, NONE, PathId};
use crate::pipeline::Answer;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// See the columns.
pub const SCHEMA: Schema = Schema {
    name: "transitions",
    doc: "Every change of presence or path of a watched prefix at one peer, within the window",
    key: &["time", "collector", "peer_asn", "peer_ip", "prefix"],
    columns: &[
        col("time", Kind::Time, "When, UTC, to the microsecond"),
        col("collector", Kind::Text, "The collector"),
        col("peer_asn", Kind::Int, "The peer's ASN as recorded"),
        col("peer_ip", Kind::Text, "The peer's address as recorded"),
        col("prefix", Kind::Text, "The prefix"),
        col("from", Kind::Text, "present, absent or unknown before"),
        col("to", Kind::Text, "present, absent or unknown after"),
        col(
            "cause",
            Kind::Text,
            "announce, withdraw, session_down, session_up, settle, rib_added, rib_removed, gap, damage or silence",
        ),
        col("path_before", Kind::Text, "AS path in use before"),
        col("path_after", Kind::Text, "AS path in use after"),
        col(
            "file",
            Kind::Text,
            "The file whose record says so; empty where no single record does",
        ),
        col(
            "offset",
            Kind::Int,
            "Where the record starts in the decompressed file",
        ),
    ],
};

const fn col(name: &'static str, kind: Kind, doc: &'static str) -> Column {
    Column { name, kind, doc }
}

pub(super) fn write(writer: &mut TableWriter, findings: &Findings<'_>) -> Result<(), WriteError> {
    let answer = findings.answer;
    let names: Arc<[Arc<str>]> = answer
        .prefixes
        .iter()
        .map(|p| p.to_string().into())
        .collect();
    let paths: Arc<[Arc<str>]> = answer.paths.iter().map(|p| p.to_string().into()).collect();
    let collectors: Arc<[Arc<str>]> = answer
        .peers
        .iter()
        .map(|p| p.peer.collector.name().into())
        .collect();
    let addresses: Arc<[Arc<str>]> = answer
        .peers
        .iter()
        .map(|p| p.peer.session.ip.to_string().into())
        .collect();
    for batch in answer.transitions.chunks(BATCH) {
        let peers: Vec<u32> = batch.iter().map(|(_, c)| c.peer).collect();
        let pick_path = |path: fn(&crate::model::route::Change) -> PathId| {
            Cells::Pick(
                batch.iter().map(|(_, c)| path(c)).collect(),
                Arc::clone(&paths),
            )
        };
        let asn = |c: &u32| Some(i64::from(answer.peers[*c as usize].peer.session.asn));
        let offset = |c: &crate::model::route::Change| {
            (c.file != NONE).then(|| i64::try_from(c.offset).unwrap_or(i64::MAX))
        };
        writer.write(vec![
            Cells::Time(batch.iter().map(|(_, c)| Some(c.time)).collect()),
            Cells::Pick(peers.clone(), Arc::clone(&collectors)),
            Cells::Int(peers.iter().map(asn).collect()),
            Cells::Pick(peers, Arc::clone(&addresses)),
            Cells::Pick(batch.iter().map(|(p, _)| *p).collect(), Arc::clone(&names)),
            texts(batch.iter().map(|(_, c)| Some(c.from.label()))),
            texts(batch.iter().map(|(_, c)| Some(c.to.label()))),
            texts(batch.iter().map(|(_, c)| Some(c.cause.label()))),
            pick_path(|c| c.path_before),
            pick_path(|c| c.path_after),
            urls(answer, batch.iter().map(|(_, c)| c.file)),
            Cells::Int(batch.iter().map(|(_, c)| offset(c)).collect()),
        ])?;
    }
    Ok(())
}

/// What files are called, each text made once.
fn urls(answer: &Answer, files: impl Iterator<Item = FileId>) -> Cells {
    let mut known: FxHashMap<FileId, Option<Arc<str>>> = FxHashMap::default();
    let url = |id: FileId| {
        let file = answer.file(id)?;
        Some(Arc::from(locate::url_of(&file.file)))
    };
    let cells = files.map(|id| known.entry(id).or_insert_with(|| url(id)).clone());
    Cells::Text(cells.collect())
}

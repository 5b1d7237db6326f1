//! `transitions`: a row per change of presence or path at one peer, within the window.

use super::prelude::*;
use crate::locate;
use crate::model::peer::PeerId;
use crate::model::route::{Change, FileId, NONE, PrefixId};
use crate::pipeline::Findings;
use rustc_hash::FxHashMap;

/// The table.
pub(crate) static TABLE: Table = Table {
    name: "transitions",
    doc: "Every change of presence or path of a watched prefix at one peer, within the window",
    key: &[
        "time",
        "collector",
        "peer_asn",
        "peer_ip",
        "prefix",
        "position",
    ],
    columns: &[
        column("time", Kind::Time, "When, UTC, to the microsecond"),
        column("collector", Kind::Text, "The collector"),
        column("peer_asn", Kind::Int, "The peer's ASN as recorded"),
        column("peer_ip", Kind::Text, "The peer's address as recorded"),
        column("prefix", Kind::Text, "The prefix"),
        column(
            "position",
            Kind::Int,
            "1 for the first change of the prefix at the peer in that microsecond, 2 for the next",
        ),
        column("from", Kind::Text, "present, absent or unknown before"),
        column("to", Kind::Text, "present, absent or unknown after"),
        column(
            "cause",
            Kind::Text,
            "announce, withdraw, session_down, session_up, settle, rib_added, rib_removed, gap, damage or silence",
        ),
        column("path_before", Kind::Text, "AS path in use before"),
        column("path_after", Kind::Text, "AS path in use after"),
        column(
            "file",
            Kind::Text,
            "The file with the record that caused the change; empty where no single record did",
        )
        .of(Basis::RecordPosition),
        column(
            "offset",
            Kind::Int,
            "Byte offset of that record in the decompressed file",
        )
        .of(Basis::RecordPosition),
    ],
    layout: RowLayout::ByTime,
    regression: Regression::Kept,
    is_part_of: always,
    rows: |findings| findings.transitions.len(),
    write,
};

fn write(writer: &mut TableWriter, findings: &Findings) -> Result<(), WriteError> {
    let prefixes = names(&findings.prefixes);
    let paths = names(&findings.paths);
    let collectors = names(findings.peers.iter().map(|p| p.peer.collector.name()));
    let addresses = names(findings.peers.iter().map(|p| p.peer.session.ip));
    let mut position = Position::default();
    for batch in findings.transitions.chunks(BATCH) {
        let changes = || batch.iter().map(|(_, change)| change);
        let pick = |index: fn(&Change) -> u32, texts: &Arc<[Arc<str>]>| {
            Cells::Pick(changes().map(index).collect(), Arc::clone(texts))
        };
        let asn = |c: &Change| Some(i64::from(findings.peers[c.peer as usize].peer.session.asn));
        let offset = |c: &Change| (c.file != NONE).then(|| count(c.offset));
        let prefix = batch.iter().map(|(prefix, _)| *prefix).collect();
        writer.write(vec![
            Cells::times(changes().map(|c| Some(c.time))),
            pick(|c| c.peer, &collectors),
            Cells::ints(changes().map(asn)),
            pick(|c| c.peer, &addresses),
            Cells::Pick(prefix, Arc::clone(&prefixes)),
            Cells::ints(batch.iter().map(|row| Some(position.next(row)))),
            Cells::texts(changes().map(|c| Some(c.from.label()))),
            Cells::texts(changes().map(|c| Some(c.to.label()))),
            Cells::texts(changes().map(|c| Some(c.cause.label()))),
            pick(|c| c.path_before, &paths),
            pick(|c| c.path_after, &paths),
            urls(findings, changes().map(|c| c.file)),
            Cells::ints(changes().map(offset)),
        ])?;
    }
    Ok(())
}

/// The position of a change among those of its prefix, peer and instant, which follow each other.
#[derive(Default)]
struct Position {
    of: Option<(Timestamp, PeerId, PrefixId)>,
    last: i64,
}

impl Position {
    fn next(&mut self, (prefix, change): &(PrefixId, Change)) -> i64 {
        let of = Some((change.time, change.peer, *prefix));
        self.last = if self.of == of { self.last + 1 } else { 1 };
        self.of = of;
        self.last
    }
}

/// The URLs of files, each text made once.
fn urls(findings: &Findings, files: impl Iterator<Item = FileId>) -> Cells {
    let mut known: FxHashMap<FileId, Option<Arc<str>>> = FxHashMap::default();
    let url = |id: FileId| {
        let file = findings.file(id)?;
        Some(Arc::from(locate::url_of(&file.file)))
    };
    let cells = files.map(|id| known.entry(id).or_insert_with(|| url(id)).clone());
    Cells::Text(cells.collect())
}

//! MRT files as a [`RouteSource`]: which records are read, skipped or damaged.

use super::bgp4mp::{self, Carried, Sender};
use super::corrupt_type::{self, CORRUPT_TYPE};
use super::dumps::DumpReader;
use super::{
    BGP, BGP4MP, BGP4MP_ET, HEADER, MAX_BODY, MrtRecord, TABLE_DUMP, TABLE_DUMP_V2, header,
    is_padding, is_zeros, record, types,
};
use crate::decode::bgp::{self, Message};
use crate::decode::contents::{ContentsBuilder, RecordAt};
use crate::decode::source::{Framing, RouteSource};
use crate::model::archive::FileKind;
use crate::model::peer::Session;
use crate::model::time::{SECOND, Timestamp};
use std::collections::BTreeMap;

/// Reads the records of one MRT file.
#[derive(Default)]
pub(crate) struct MrtSource {
    dump: DumpReader,
    counts: BTreeMap<(u16, u16), u64>,
    /// The type and subtype of the latest records, and how many in a row: most are of one type.
    run: ((u16, u16), u64),
}

impl RouteSource for MrtSource {
    fn frame(&self, bytes: &[u8]) -> Framing {
        let Some((_, _, _, length)) = header(bytes) else {
            return Framing::Incomplete;
        };
        if length > MAX_BODY {
            return Framing::Lost("record length exceeds 16 MiB, so record boundaries are lost");
        }
        match HEADER + length {
            end if end > bytes.len() => Framing::Incomplete,
            end => Framing::Record(end),
        }
    }

    fn identify(&self, bytes: &[u8]) -> Option<(Timestamp, FileKind)> {
        let (seconds, kind, _, _) = header(bytes)?;
        let kind = match kind {
            TABLE_DUMP | TABLE_DUMP_V2 => FileKind::Rib,
            _ => FileKind::Updates,
        };
        Some((Timestamp::from_secs(i64::from(seconds)), kind))
    }

    fn record(&mut self, bytes: &[u8], offset: u64, contents: &mut ContentsBuilder<'_>) {
        if is_padding(bytes) {
            return;
        }
        let Some(record) = record(bytes, offset) else {
            let (seconds, kind, subtype, _) = header(bytes).unwrap_or_default();
            let time = Timestamp::from_secs(i64::from(seconds)).0;
            self.count(kind, subtype);
            contents.note_time(time);
            let at = RecordAt { time, offset };
            return contents.damage(at, None, "truncated or invalid extended timestamp");
        };
        self.count(record.kind, record.subtype);
        contents.note_time(record.time);
        let at = record.at();
        if !types::is_assigned(record.kind, record.subtype) {
            return contents.damage(at, None, "unassigned MRT type or subtype");
        }
        if is_zeros(record.time, record.kind) {
            return contents.damage(at, None, "zeros where a record should begin");
        }
        let is_dump = contents.kind().is_table_dump();
        match record.kind {
            TABLE_DUMP_V2 if is_dump => self.dump.table_dump_v2(&record, contents),
            TABLE_DUMP if is_dump => DumpReader::table_dump(&record, contents),
            _ if is_dump => {
                if corrupt_type::is_rib(&record) {
                    contents.damage(at, None, CORRUPT_TYPE);
                }
            }
            _ if bgp4mp::names_a_peer(record.kind, record.subtype) => {
                read_bgp4mp(&record, contents);
            }
            _ => skip(&record, corrupt_type::message(&record), contents),
        }
    }

    fn is_implausible(&self, start: &[u8], last: Option<i64>) -> bool {
        const DAY: i64 = 86_400 * SECOND;
        // The longest message of RFC 8654, after the fields that name the session.
        const LONGEST_MESSAGE: usize = 65_535 + 64;
        header(start).is_some_and(|(seconds, kind, subtype, length)| {
            let time = i64::from(seconds) * SECOND;
            let is_message = matches!(kind, BGP | BGP4MP | BGP4MP_ET);
            !types::is_assigned(kind, subtype)
                || is_zeros(time, kind)
                || is_message && length > LONGEST_MESSAGE
                || last.is_some_and(|last| (time - last).abs() > DAY)
        })
    }

    fn finish(&mut self, contents: &mut ContentsBuilder<'_>) -> Result<(), &'static str> {
        self.end_run();
        contents.set_has_all_covering(self.dump.is_in_order());
        for (&(kind, subtype), &records) in &self.counts {
            contents.count_records(types::name(kind, subtype), records);
        }
        // Such a file does not show that the peers sent no updates. A message with a corrupt type does
        // not make the file a RIB.
        let has = |kinds: &[u16]| self.counts.keys().any(|(kind, _)| kinds.contains(kind));
        let is_rib = has(&[TABLE_DUMP, TABLE_DUMP_V2]) && !has(&[BGP, BGP4MP, BGP4MP_ET]);
        if !contents.kind().is_table_dump() && !contents.has_damage() && is_rib {
            return Err("the file holds a RIB dump instead of updates");
        }
        Ok(())
    }
}

impl MrtSource {
    /// Counts a record of any type.
    fn count(&mut self, kind: u16, subtype: u16) {
        if self.run.0 == (kind, subtype) {
            self.run.1 += 1;
        } else {
            self.end_run();
            self.run = ((kind, subtype), 1);
        }
    }

    fn end_run(&mut self) {
        let (kind, records) = self.run;
        if records > 0 {
            *self.counts.entry(kind).or_default() += records;
        }
    }
}

/// Reads a message or a state change.
fn read_bgp4mp(record: &MrtRecord<'_>, contents: &mut ContentsBuilder<'_>) {
    let at = record.at();
    let (session, carried) = match bgp4mp::carried(record) {
        Ok(found) => found,
        Err((session, reason)) => {
            if let Some(session) = session {
                let peer = contents.peer(session);
                contents.activity(peer, at.time);
            }
            return contents.damaged_record(at, session, reason);
        }
    };
    let peer = contents.peer(session);
    contents.activity(peer, at.time);
    let update = match carried {
        Carried::Other => return skip(record, corrupt_type::bare_update(record), contents),
        Carried::State { old, new } => return contents.state_change(at, peer, old, new),
        Carried::BareUpdate(bytes) => {
            bgp::update(bytes, false, false, false).map(|update| (update, false))
        }
        Carried::Message {
            bytes,
            four_byte,
            add_path,
            sender,
        } => match bgp::message(bytes, four_byte, add_path, record.length) {
            Ok(_) if sender == Sender::Collector => return,
            Ok(Message::NonUpdate) => return,
            Ok(Message::Update(update)) => Ok((update, add_path)),
            Err(reason) => Err(reason),
        },
    };
    match update {
        Ok((update, add_path)) => contents.update(at, peer, &update, add_path),
        Err(reason) => contents.damaged_record(at, Some(session), reason),
    }
}

/// Skips a record without routes, unless its type is corrupt: `found` is the session of the message
/// that it holds then.
fn skip(record: &MrtRecord<'_>, found: Option<Session>, contents: &mut ContentsBuilder<'_>) {
    if found.is_some() {
        contents.damaged_record(record.at(), found, CORRUPT_TYPE);
    }
}

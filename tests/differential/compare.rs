//! Holds what `decode` made of a file against what the second reader makes of its bytes. Shared
//! with `fuzz/`.

use super::second::Second;
use crate::harness::recorded;
use dropline::model::archive::{Ending, FileContents, FileKind};

/// What a comparison came to.
#[derive(Default)]
pub struct Tally {
    pub records: u64,
    /// Routes, states and ends of RIBs that both read alike.
    pub agreed: u64,
    /// Records that `decode` calls damaged, and why.
    pub damaged: Vec<(u64, String)>,
    /// Records that only the second reader refuses, and why.
    pub refused: Vec<(u64, String)>,
    /// Records in which the second reader stepped around bgpkit-parser.
    pub read_again: u64,
    pub clipped: u64,
}

/// Holds what `decode` made of a file against what the second reader makes of its bytes.
pub fn compare(name: &str, bytes: &[u8], kind: FileKind, decoded: &FileContents) -> Tally {
    let mut tally = Tally::default();
    let mut ours = recorded(decoded).peekable();
    let mut damaged = decoded.damaged.iter().peekable();
    let mut second = Second::new(bytes, kind);
    for reading in &mut second {
        let at = reading.offset;
        let mut decoded_here = Vec::new();
        while let Some((_, item)) = ours.next_if(|(offset, _)| *offset == at) {
            decoded_here.push(item);
        }
        let record = &bytes[at as usize..second_end(bytes, at)];
        if is_padding(record) {
            assert_eq!(decoded_here, [], "{name}, {at}: padding records something");
            continue;
        }
        tally.records += 1;
        tally.read_again += u64::from(reading.read_again);
        tally.clipped += u64::from(reading.clipped);
        if let Some(record) = damaged.next_if(|d| d.offset == at) {
            assert_eq!(
                decoded_here,
                [],
                "{name}, {at}: damaged ({}) and yet believed",
                record.reason
            );
            tally.damaged.push((at, record.reason.clone()));
            continue;
        }
        match reading.recorded {
            Ok(says) => {
                assert_eq!(
                    decoded_here, says,
                    "{name}, {at} (left: decode): {record:02x?}"
                );
                tally.agreed += says.len() as u64;
            }
            Err(why) => tally.refused.push((at, why)),
        }
    }
    let rest = ours.next();
    assert_eq!(rest, None, "{name}: recorded where no record begins");
    assert!(
        damaged.next().is_none(),
        "{name}: damage where no record begins"
    );
    assert_eq!(decoded.record_count(), tally.records, "{name}: records");
    let is_all = second.at() == bytes.len() as u64;
    let lies = kind == FileKind::Updates && is_all && is_rib(decoded);
    match &decoded.ending {
        Ending::Whole => assert!(is_all && !lies, "{name}: end at {}", second.at()),
        // A RIB in the place of updates says nothing of these.
        Ending::Cut { offset, .. } if lies => assert_eq!(*offset, 0, "{name}: a RIB's end"),
        Ending::Cut { offset, .. } => assert_eq!(second.at(), *offset, "{name}: end"),
    }
    tally
}

/// Whether all that a file holds is a RIB. A damaged record may have been a message.
fn is_rib(decoded: &FileContents) -> bool {
    let has = |start: &str| decoded.records.keys().any(|kind| kind.starts_with(start));
    has("TABLE_DUMP") && !has("BGP/") && !has("BGP4MP") && decoded.damaged.is_empty()
}

/// Where the record at an offset ends.
pub fn second_end(bytes: &[u8], at: u64) -> usize {
    let at = at as usize;
    let length: [u8; 4] = bytes[at + 8..at + 12].try_into().expect("four bytes");
    at + 12 + u32::from_be_bytes(length) as usize
}

/// Whether a record is of type NULL with a time and a body of zeros (RFC 6396 §B.1.1): what a slice
/// puts where records were, and no record to anybody.
fn is_padding(record: &[u8]) -> bool {
    let (head, body) = record.split_at(12);
    head[..4] != [0; 4] && head[4..8] == [0; 4] && !body.is_empty() && body.iter().all(|b| *b == 0)
}

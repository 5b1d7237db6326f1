//! The order in which records and derived steps act.

use crate::model::route::{FileId, NONE};

/// The place of a record, or of a step derived from records, in the replay. Records act in the
/// order of time, file and offset; derived steps act before or after the records of their instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RecordOrder {
    /// Microseconds since the epoch.
    pub time: i64,
    /// Before, among or after the records of that instant.
    pub rank: Rank,
    /// The record's file. Files are numbered in the order of collector and start.
    pub file: FileId,
    /// Offset of the record in the decompressed file.
    pub offset: u64,
}

/// Before, among or after the records of an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// Before them: a session settles, a gap begins, a silence ends.
    Before,
    /// A record.
    Record,
    /// After them: a silence begins.
    After,
}

impl RecordOrder {
    /// The place of a record.
    pub const fn record(time: i64, file: FileId, offset: u64) -> Self {
        Self {
            time,
            rank: Rank::Record,
            file,
            offset,
        }
    }

    /// Before every record of an instant.
    pub const fn before(time: i64) -> Self {
        Self::derived(time, Rank::Before)
    }

    /// After every record of an instant.
    pub const fn after(time: i64) -> Self {
        Self::derived(time, Rank::After)
    }

    const fn derived(time: i64, rank: Rank) -> Self {
        Self {
            time,
            rank,
            file: NONE,
            offset: 0,
        }
    }
}

//! What the fuzz targets share, with each other and with the tests of the repository.

pub mod harness;

#[path = "../../tests/differential/compare.rs"]
pub mod compare;
#[path = "../../tests/differential/second.rs"]
pub mod second;

mod records;
pub use records::mutate;

use dropline::decode::{self, CoveringDetail, Filter, Scan};
use dropline::model::archive::{Ending, FileContents, FileKind};
use dropline::model::time::{TimeDelta, Timestamp};
use dropline::watchlist::{PrefixSet, WatchList, asked};
use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;
use tempfile::TempDir;

/// Where the bytes of a case are put: in memory, where the system has such a place.
static DIR: LazyLock<TempDir> = LazyLock::new(|| {
    TempDir::new_in("/dev/shm")
        .or_else(|_| TempDir::new())
        .expect("a temporary folder")
});

static EVERYTHING: LazyLock<WatchList> = LazyLock::new(harness::everything);

static SOME: LazyLock<WatchList> = LazyLock::new(|| {
    let blocks = ["10.0.0.0/14", "175.45.176.0/22", "2001:db8::/32"];
    let blocks = blocks.map(|block| block.parse().expect("a block"));
    WatchList::new(asked(blocks, [131_279, 64_500]))
});

/// Puts bytes into a file of that name.
pub fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let path = DIR.path().join(name);
    fs::write(&path, bytes).expect("a file can be written");
    path
}

/// Decodes a file with every prefix watched.
pub fn decode_all(bytes: &[u8], kind: FileKind) -> FileContents {
    harness::find(&file("all", bytes), kind, &EVERYTHING)
}

/// Decodes a file with some prefixes and origin ASes watched, and with the silence rule.
pub fn decode_some(bytes: &[u8], kind: FileKind) -> FileContents {
    let discovered = PrefixSet::default();
    let scan = Scan {
        kind,
        filter: Filter::WatchList {
            list: &SOME,
            discovered: &discovered,
        },
        from: Timestamp(i64::MIN),
        to: Timestamp(i64::MAX),
        silence: Some(TimeDelta(600_000_000)),
        covering: CoveringDetail::Full,
        transfers: &[],
        progress: &|_| {},
    };
    decode::file(&file("some", bytes), &scan).expect("a file that can be read")
}

/// What holds for any decoded file: nothing comes from after a file's damage or from a damaged record,
/// and every index is valid.
pub fn assert_properties(decoded: &FileContents) {
    let end = match decoded.ending {
        Ending::Whole => u64::MAX,
        Ending::Cut { offset, .. } => offset,
    };
    assert!(
        decoded
            .damaged
            .windows(2)
            .all(|w| w[0].offset < w[1].offset)
    );
    assert!(decoded.damaged.iter().all(|d| d.offset < end));
    for (offset, _) in harness::recorded(decoded) {
        assert!(offset < end, "recorded after the damage");
        let damaged = decoded.damaged.binary_search_by_key(&offset, |d| d.offset);
        assert!(damaged.is_err(), "recorded by a damaged record at {offset}");
    }
    let peers = decoded.peers.len();
    assert!(decoded.routes.iter().all(|e| (e.peer as usize) < peers));
    assert!(decoded.sessions.iter().all(|e| (e.peer as usize) < peers));
}

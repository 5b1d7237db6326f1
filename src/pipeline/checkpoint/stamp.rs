//! Whether a file is unchanged since it was read, without reading it, where the system can tell.

use crate::disk;
use serde::{Deserialize, Serialize};
use std::fs::{self, Metadata};
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Two changes within this time may carry the same time stamp, on the coarsest of file systems.
const RACE: Duration = Duration::from_secs(2);

/// What the file system records of a file. No other file has the same stamp, nor the same file with
/// other bytes: a write moves the time of change, which cannot be set back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stamp {
    device: u64,
    inode: u64,
    bytes: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

/// The state of a file when it was looked at.
pub(crate) struct Sighting {
    bytes: u64,
    stamp: Option<Stamp>,
    /// No change from then on carries the same stamp.
    is_settled: bool,
}

impl Sighting {
    /// Looks at a file from outside.
    ///
    /// # Errors
    /// It is not there.
    pub(crate) fn of(path: &Path) -> io::Result<Self> {
        let metadata = fs::metadata(path)?;
        let stamp = stamp(&metadata);
        Ok(Self {
            bytes: metadata.len(),
            stamp,
            is_settled: stamp.is_some_and(|stamp| is_long_ago(stamp.changed)),
        })
    }

    /// The stamp by which the file can be known again. None where it was written to so shortly before
    /// that the next change might carry the same, or where the system has no such thing.
    pub(crate) fn settled(&self) -> Option<Stamp> {
        self.stamp.filter(|_| self.is_settled)
    }

    /// Whether the file is as it was.
    pub(crate) fn still_holds(&self, path: &Path) -> bool {
        Self::of(path).is_ok_and(|now| (now.bytes, now.stamp) == (self.bytes, self.stamp))
    }

    /// Whether this is the file that had such a stamp, and such a length and SHA-256: by the stamp if
    /// it had one, or else by its bytes.
    pub(crate) fn is_of(
        &self,
        path: &Path,
        stamp: Option<Stamp>,
        (bytes, sha256): (u64, &str),
    ) -> bool {
        if stamp.is_some() && stamp == self.stamp {
            return true;
        }
        self.bytes == bytes && disk::hash(path).is_ok_and(|now| now.sha256 == sha256)
    }
}

#[cfg(unix)]
fn stamp(metadata: &Metadata) -> Option<Stamp> {
    use std::os::unix::fs::MetadataExt;
    Some(Stamp {
        device: metadata.dev(),
        inode: metadata.ino(),
        bytes: metadata.len(),
        modified: (metadata.mtime(), metadata.mtime_nsec()),
        changed: (metadata.ctime(), metadata.ctime_nsec()),
    })
}

/// A time of modification alone can be set back: elsewhere only bytes tell.
#[cfg(not(unix))]
fn stamp(_: &Metadata) -> Option<Stamp> {
    None
}

/// Whether a time is so long ago that what happens now carries another.
fn is_long_ago((seconds, _): (i64, i64)) -> bool {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let since = u64::try_from(seconds).map(Duration::from_secs);
    match (now, since) {
        // A second more, for the fraction that is left out.
        (Ok(now), Ok(since)) => now > since + RACE + Duration::from_secs(1),
        _ => false,
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    const NONE: (u64, &str) = (3, "no hash");
    /// Of `abc`.
    const HASH: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn a_file_is_known_by_its_stamp_once_that_has_settled() {
        let dir = temp_dir::TempDir::new().unwrap();
        let path = dir.path().join("file");
        fs::write(&path, "abc").unwrap();
        let fresh = Sighting::of(&path).unwrap();
        assert_eq!(fresh.settled(), None, "another change may follow at once");
        assert!(fresh.still_holds(&path));
        assert!(fresh.is_of(&path, None, (3, HASH)), "by its bytes");
        assert!(!fresh.is_of(&path, None, NONE));
        std::thread::sleep(Duration::from_secs(4));
        let seen = Sighting::of(&path).unwrap();
        let stamp = seen.settled();
        assert!(stamp.is_some());
        assert!(
            seen.is_of(&path, stamp, NONE),
            "its bytes are not looked at"
        );
        // Other bytes of the same length, and the time of modification set back.
        let modified = fs::metadata(&path).unwrap().modified().unwrap();
        fs::write(&path, "abd").unwrap();
        let file = fs::File::options().write(true).open(&path).unwrap();
        file.set_modified(modified).unwrap();
        assert!(!seen.still_holds(&path));
        let now = Sighting::of(&path).unwrap();
        assert!(!now.is_of(&path, stamp, (3, HASH)));
        // The same bytes in another file.
        fs::write(&path, "abc").unwrap();
        let now = Sighting::of(&path).unwrap();
        assert!(now.is_of(&path, stamp, (3, HASH)));
        fs::remove_file(&path).unwrap();
        assert!(Sighting::of(&path).is_err());
        assert!(!now.still_holds(&path));
    }
}

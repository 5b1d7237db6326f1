//! The cache: a folder laid out as the public archives are, so that it can be read as a mirror,
//! with what is known of each file beside it (`NAME.json`).
//!
//! ```text
//! CACHEDIR.TAG                                       says what the folder is (bford.info/cachedir)
//! rrc00/2014.12/updates.20141222.1600.gz             a file that was checked
//! rrc00/2014.12/updates.20141222.1600.gz.json        what is known of it: a CacheRecord
//! rrc00/2014.12/updates.20141222.1605.gz.part        an unfinished download
//! rrc00/2014.12/updates.20141222.1605.gz.part.json   how to resume it
//! rrc00/2014.12/updates.20141222.1610.gz.lost        the mark of one that was unavailable
//! locks/3fa0.lock                                    held while a file is fetched
//! ```
//!
//! Locks are the system's own (`File::lock`): one that a killed run held is free again.

use super::FetchError;
use crate::disk::{self, AtomicFile, FileHash};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Component, Path, PathBuf};

const TAG: &str = "CACHEDIR.TAG";
const TAG_TEXT: &str = "Signature: 8a477f597d28d172789f06886806bc55\n\
    # This folder is a cache of dropline. Everything in it can be fetched again.\n";
const LOCKS: &str = "locks";
/// The suffix of the mark beside a file that was unavailable.
pub(crate) const UNAVAILABLE_SUFFIX: &str = "lost";

/// A folder of verified files.
#[derive(Debug, Clone)]
pub struct Cache {
    root: PathBuf,
}

/// What is known of a file in the cache: kept as `NAME.json` beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CacheRecord {
    /// The URL that it was fetched from.
    pub url: Option<String>,
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256 in hex.
    pub sha256: String,
    /// The server's `ETag` (RFC 9110 §8.8.3).
    pub etag: Option<String>,
    /// The server's `Last-Modified`, as sent (RFC 9110 §8.8.2).
    pub last_modified: Option<String>,
    /// CachedFile while it could still grow: to be asked for anew.
    #[serde(default)]
    pub may_grow: bool,
    /// What it contains.
    #[serde(rename = "found")]
    pub contents: ContentSummary,
}

/// What a file contains, as far as the choice of files needs to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ContentSummary {
    /// Time of its first record, microseconds since the epoch (MRT files).
    pub first: Option<i64>,
    /// Whether it lists a unicast route (RIBs).
    pub lists_routes: bool,
    /// Damaged records (MRT files).
    pub damaged: u64,
}

/// What the cache has at a path.
#[derive(Debug)]
pub(crate) enum CacheLookup {
    /// No file.
    Absent,
    /// The file, with the bytes that its record names.
    Intact(CacheRecord),
    /// A file without a record: someone put it there by hand.
    Unrecorded,
    /// A file whose bytes are not those that its record names; the text says how.
    Corrupt(String),
}

/// How much the cache contains.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CacheSize {
    /// Complete files.
    pub files: u64,
    /// Their length in total, bytes.
    pub bytes: u64,
    /// Unfinished downloads.
    pub parts: u64,
    /// Their length in total, bytes.
    pub part_bytes: u64,
}

impl Cache {
    /// The cache in a folder, which need not be there yet.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The user's own cache: `dropline` in the folder for caches
    /// (`$XDG_CACHE_HOME`, or `~/.cache`).
    ///
    /// # Errors
    /// The user has no home.
    pub(crate) fn of_user() -> Result<Self, FetchError> {
        use etcetera::BaseStrategy;
        let strategy =
            etcetera::choose_base_strategy().map_err(|e| FetchError::NoHome(e.to_string()))?;
        Ok(Self::at(strategy.cache_dir().join("dropline")))
    }

    /// Its folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The full path of a relative path in the cache.
    ///
    /// # Errors
    /// The path is absolute, empty, or leads out of the cache.
    pub fn path(&self, place: &Path) -> Result<PathBuf, FetchError> {
        let is_inside = place.components().next().is_some()
            && place
                .components()
                .all(|part| matches!(part, Component::Normal(_)));
        match is_inside {
            true => Ok(self.root.join(place)),
            false => Err(FetchError::Escapes(place.to_owned())),
        }
    }

    /// What the cache has at a path; the file is read and hashed.
    ///
    /// # Errors
    /// The disk fails.
    pub(crate) fn lookup(&self, place: &Path) -> Result<CacheLookup, FetchError> {
        let path = self.path(place)?;
        match fs::metadata(&path) {
            Ok(_) => {}
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(CacheLookup::Absent),
            Err(e) => return Err(failed(&path, e)),
        }
        let Some(record) = read_json::<CacheRecord>(&with_suffix(&path, "json")) else {
            return Ok(CacheLookup::Unrecorded);
        };
        let FileHash { bytes, sha256 } = disk::hash(&path).map_err(|e| failed(&path, e))?;
        Ok(if bytes != record.bytes {
            let was = record.bytes;
            CacheLookup::Corrupt(format!("its length is {bytes}, and was {was}"))
        } else if sha256 != record.sha256 {
            CacheLookup::Corrupt("its bytes have changed on disk".to_owned())
        } else {
            CacheLookup::Intact(record)
        })
    }

    /// What is known of a file, by its path in the cache, whether or not it is that still.
    pub fn record(&self, path: &Path) -> Option<CacheRecord> {
        read_json(&with_suffix(path, "json"))
    }

    /// Locks a path, waiting for another run that holds the lock. It is free again when the file is
    /// dropped, or the process ends, however that happens.
    ///
    /// # Errors
    /// The disk fails.
    pub(super) fn lock(&self, place: &Path) -> Result<File, FetchError> {
        let digest = Sha256::digest(place.as_os_str().as_encoded_bytes());
        let name = format!("{:02x}{:02x}.lock", digest[0], digest[1]);
        let path = self.root.join(LOCKS).join(name);
        self.make_folder(&path)?;
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|e| failed(&path, e))?;
        match file.lock() {
            Ok(()) => Ok(file),
            // Without locks two runs may do the same work twice; every file is still checked.
            Err(e) if e.kind() == ErrorKind::Unsupported => Ok(file),
            Err(e) => Err(failed(&path, e)),
        }
    }

    /// Creates the folder of a file in the cache.
    pub(super) fn make_folder(&self, path: &Path) -> Result<(), FetchError> {
        if !self.root.is_dir() {
            fs::create_dir_all(&self.root).map_err(|e| failed(&self.root, e))?;
        }
        let tag = self.root.join(TAG);
        if !tag.exists() {
            // Another thread may have been quicker.
            if let Err(e) = put(&tag, TAG_TEXT.as_bytes())
                && !tag.exists()
            {
                return Err(failed(&tag, e));
            }
        }
        let folder = path.parent().unwrap_or(&self.root);
        fs::create_dir_all(folder).map_err(|e| failed(folder, e))
    }

    /// Renames a checked file to its path, after writing its record: a record without its file is
    /// nothing, a file without its record would have to be checked again.
    pub(super) fn store(
        &self,
        place: &Path,
        part: &Path,
        record: &CacheRecord,
    ) -> Result<PathBuf, FetchError> {
        let path = self.path(place)?;
        write_json(&with_suffix(&path, "json"), record)?;
        fs::rename(part, &path).map_err(|e| failed(&path, e))?;
        remove(&with_suffix(&path, UNAVAILABLE_SUFFIX))?;
        // So that the move itself is on disk; some file systems cannot.
        if let Some(folder) = path.parent().and_then(|f| File::open(f).ok()) {
            let _ = folder.sync_all();
        }
        Ok(path)
    }

    /// Marks a file as unavailable, so that a later run without a network knows of the gap, even
    /// where the neighbouring files seem to cover its span.
    ///
    /// # Errors
    /// The disk fails.
    pub(crate) fn mark_unavailable(&self, place: &Path) -> Result<(), FetchError> {
        let mark = with_suffix(&self.path(place)?, UNAVAILABLE_SUFFIX);
        self.make_folder(&mark)?;
        fs::write(&mark, "").map_err(|e| failed(&mark, e))
    }

    /// How much it contains.
    ///
    /// # Errors
    /// The disk fails.
    pub fn contents(&self) -> Result<CacheSize, FetchError> {
        let mut contents = CacheSize::default();
        self.walk(&self.root, &mut |path| {
            let bytes = fs::metadata(path).map_or(0, |m| m.len());
            match sort(path) {
                EntryKind::File => {
                    contents.files += 1;
                    contents.bytes += bytes;
                }
                EntryKind::Part => {
                    contents.parts += 1;
                    contents.part_bytes += bytes;
                }
                EntryKind::Metadata | EntryKind::Foreign => {}
            }
            Ok(())
        })?;
        Ok(contents)
    }

    /// Removes what was fetched; foreign files stay. Returns how much was removed.
    ///
    /// # Errors
    /// The folder is no cache, or the disk fails.
    pub fn clean(&self) -> Result<CacheSize, FetchError> {
        if !self.root.exists() {
            return Ok(CacheSize::default());
        }
        // A mistyped folder must not be emptied.
        if !self.root.join(TAG).is_file() {
            let why = io::Error::new(
                ErrorKind::InvalidInput,
                "the folder is no cache of dropline",
            );
            return Err(failed(&self.root.join(TAG), why));
        }
        let contents = self.contents()?;
        let mut own = Vec::new();
        self.walk(&self.root, &mut |path| {
            if sort(path) != EntryKind::Foreign {
                own.push(path.to_owned());
            }
            Ok(())
        })?;
        // Files before their records: those broken off here are known for the cache's own still.
        own.sort_by_key(|path| sort(path) == EntryKind::Metadata);
        for path in &own {
            fs::remove_file(path).map_err(|e| failed(path, e))?;
            let mut folder = path.parent();
            while let Some(empty) = folder.filter(|f| *f != self.root) {
                // Only an empty one can be removed.
                if fs::remove_dir(empty).is_err() {
                    break;
                }
                folder = empty.parent();
            }
        }
        Ok(contents)
    }

    fn walk(
        &self,
        folder: &Path,
        visit: &mut dyn FnMut(&Path) -> Result<(), FetchError>,
    ) -> Result<(), FetchError> {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(()),
            Err(e) => return Err(failed(folder, e)),
        };
        for entry in entries {
            let entry = entry.map_err(|e| failed(folder, e))?;
            let kind = entry.file_type().map_err(|e| failed(&entry.path(), e))?;
            if kind.is_dir() {
                if entry.path() != self.root.join(LOCKS) {
                    self.walk(&entry.path(), visit)?;
                }
            } else if kind.is_file() {
                visit(&entry.path())?;
            }
        }
        Ok(())
    }
}

/// What a file in the cache is, by its name and the files beside it.
#[derive(PartialEq, Eq)]
enum EntryKind {
    File,
    Part,
    /// What is known of a file, or of an unfinished download; or a mark that a file is unavailable.
    Metadata,
    Foreign,
}

fn sort(path: &Path) -> EntryKind {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if name.ends_with(".part") {
        EntryKind::Part
    } else if name.ends_with(".part.json")
        || name.ends_with(".json.new")
        || path
            .extension()
            .is_some_and(|end| end == UNAVAILABLE_SUFFIX)
    {
        EntryKind::Metadata
    } else if with_suffix(path, "json").is_file() {
        EntryKind::File
    } else if name.ends_with(".json") && read_json::<CacheRecord>(path).is_some() {
        EntryKind::Metadata
    } else {
        EntryKind::Foreign
    }
}

/// The path with a suffix after the whole name: `NAME.json`.
pub(super) fn with_suffix(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(end);
    PathBuf::from(name)
}

/// Reads what [`write_json`] wrote; nothing where that cannot be done.
pub(super) fn read_json<T: DeserializeOwned>(path: &Path) -> Option<T> {
    const MOST: u64 = 1 << 20;
    let mut text = String::new();
    let file = File::open(path).ok()?;
    file.take(MOST).read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

/// Writes a small JSON file, whole or not at all.
pub(super) fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<(), FetchError> {
    let write = || {
        let mut text = serde_json::to_string_pretty(value).map_err(io::Error::other)?;
        text.push('\n');
        put(path, text.as_bytes())
    };
    write().map_err(|e| failed(path, e))
}

/// Writes a small file of the cache's own, whole or not at all.
fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // Not `.part`: that ending is for files on their way from the network.
    let mut file = AtomicFile::create_as(path, with_suffix(path, "new"))?;
    file.write_all(bytes)?;
    file.commit()
}

/// Removes a file that may not be there.
pub(super) fn remove(path: &Path) -> Result<(), FetchError> {
    match fs::remove_file(path) {
        Ok(()) => Ok(()),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(()),
        Err(e) => Err(failed(path, e)),
    }
}

pub(super) fn failed(path: &Path, source: io::Error) -> FetchError {
    FetchError::Disk {
        path: path.to_owned(),
        source,
    }
}

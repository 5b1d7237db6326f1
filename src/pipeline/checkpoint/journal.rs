//! A file that findings are appended to, each with its checksum. What a kill, a full disk or a bad
//! sector has left of it is cut off where it begins to be wrong.
//!
//! ```text
//! head      "dropline", and 32 bytes that say what it is of
//! finding   length (4, little-endian), SHA-256 of the rest (32), key (32), body
//! finding   …
//! ```

use crate::decode::Digest;
use sha2::{Digest as _, Sha256};
use std::fs::{self, File};
use std::io::{self, BufReader, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::Path;

const MAGIC: &[u8; 8] = b"dropline";
const HEAD: u64 = 8 + 32;
/// Length and checksum.
const FRAME: u64 = 4 + 32;
const KEY: u64 = 32;

/// Where a finding stands in its file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    /// Its checksum's place.
    offset: u64,
    /// Length of key and body.
    length: u32,
}

/// The findings in a file, each whole; later ones stand behind earlier ones. A file of another
/// head is removed, and what is wrong at a file's end is cut off.
///
/// # Errors
/// The disk fails.
pub(crate) fn open(path: &Path, head: &Digest) -> io::Result<Vec<(Digest, Place)>> {
    let file = File::options().read(true).write(true).open(path)?;
    let length = file.metadata()?.len();
    let mut reader = BufReader::with_capacity(1 << 16, &file);
    let (mut magic, mut of) = ([0; 8], Digest::default());
    let is_ours = length >= HEAD && {
        reader.read_exact(&mut magic)?;
        reader.read_exact(&mut of)?;
        magic == *MAGIC && of == *head
    };
    if !is_ours {
        drop(file);
        fs::remove_file(path)?;
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    let mut at = HEAD;
    while let Some((key, place)) = next(&mut reader, at, length)? {
        found.push((key, place));
        at += FRAME + u64::from(place.length);
    }
    if at < length {
        file.set_len(at)?;
    }
    Ok(found)
}

/// The finding at an offset, if it is whole.
fn next(reader: &mut impl Read, at: u64, end: u64) -> io::Result<Option<(Digest, Place)>> {
    if end - at < FRAME {
        return Ok(None);
    }
    let (mut length, mut checksum) = ([0; 4], Digest::default());
    reader.read_exact(&mut length)?;
    reader.read_exact(&mut checksum)?;
    let length = u32::from_le_bytes(length);
    let rest = u64::from(length);
    if rest < KEY || end - at - FRAME < rest {
        return Ok(None);
    }
    let mut key = Digest::default();
    reader.read_exact(&mut key)?;
    let mut hash = Sha256::new();
    hash.update(key);
    let body = io::copy(&mut reader.take(rest - KEY), &mut hash)?;
    let is_whole = body == rest - KEY && Digest::from(hash.finalize()) == checksum;
    let place = Place {
        offset: at + 4,
        length,
    };
    Ok(is_whole.then_some((key, place)))
}

/// The body of a finding, if it is there still.
pub(crate) fn read(path: &Path, place: Place, key: &Digest) -> Option<Vec<u8>> {
    let mut file = File::open(path).ok()?;
    let length = u64::from(place.length);
    // What is not there needs no memory.
    let end = place.offset.checked_add(32 + length)?;
    if file.metadata().ok()?.len() < end {
        return None;
    }
    file.seek(SeekFrom::Start(place.offset)).ok()?;
    let mut checksum = Digest::default();
    file.read_exact(&mut checksum).ok()?;
    let mut found = Vec::new();
    file.take(length).read_to_end(&mut found).ok()?;
    let is_whole = Digest::from(Sha256::digest(&found)) == checksum;
    if !is_whole || !found.starts_with(key) {
        return None;
    }
    Some(found.split_off(key.len()))
}

/// Appends a finding to a file, which is made where it is not there. One thread at a time.
///
/// # Errors
/// The disk fails.
pub(crate) fn append(path: &Path, head: &Digest, key: &Digest, body: &[u8]) -> io::Result<()> {
    let Some(length) = (body.len() as u64 + KEY).try_into().ok() else {
        // Beyond all measure: to be read again.
        return Ok(());
    };
    let length: u32 = length;
    let mut hash = Sha256::new();
    hash.update(key);
    hash.update(body);
    let mut file = appended(path)?;
    let mut bytes = Vec::with_capacity((HEAD + FRAME + KEY) as usize + body.len());
    if file.metadata()?.len() == 0 {
        bytes.extend(MAGIC);
        bytes.extend(head);
    }
    bytes.extend(length.to_le_bytes());
    bytes.extend(hash.finalize());
    bytes.extend(key);
    bytes.extend(body);
    file.write_all(&bytes)
}

fn appended(path: &Path) -> io::Result<File> {
    let open = || File::options().append(true).create(true).open(path);
    match (open(), path.parent()) {
        (Err(e), Some(folder)) if e.kind() == ErrorKind::NotFound => {
            fs::create_dir_all(folder)?;
            open()
        }
        (opened, _) => opened,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    const HEAD_OF_OURS: Digest = [7; 32];

    /// All that can be read back, by key.
    fn findings(path: &Path) -> Vec<(Digest, Vec<u8>)> {
        let places = open(path, &HEAD_OF_OURS).unwrap().into_iter();
        let found = places.map(|(key, place)| (key, read(path, place, &key).unwrap()));
        found.collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Whatever becomes of a file, what is read back are findings that were appended, from the
        /// first on, and new ones stand behind them.
        #[test]
        fn what_is_read_back_was_appended(
            bodies in vec(vec(any::<u8>(), 0..100), 1..6),
            at: prop::sample::Index,
            change in 0..4u8,
        ) {
            let dir = temp_dir::TempDir::new().unwrap();
            let path = dir.path().join("rrc00/2014-12-22");
            let mut said = Vec::new();
            for (number, body) in (0..).zip(&bodies) {
                append(&path, &HEAD_OF_OURS, &[number; 32], body).unwrap();
                said.push(([number; 32], body.clone()));
            }
            prop_assert_eq!(&findings(&path), &said);
            let mut bytes = fs::read(&path).unwrap();
            let at = at.index(bytes.len());
            match change {
                0 => bytes[at] ^= 1,
                1 => bytes.truncate(at),
                2 => bytes.extend(bodies[0].iter().chain(&[1; 40])),
                _ => bytes.clear(),
            }
            fs::write(&path, bytes).unwrap();
            let found = findings(&path);
            prop_assert!(said.starts_with(&found));
            prop_assert_eq!(found.len() == said.len(), change == 2);
            append(&path, &HEAD_OF_OURS, &[9; 32], b"new").unwrap();
            let after = findings(&path);
            prop_assert_eq!(&after[..found.len()], &found[..]);
            prop_assert_eq!(&after[found.len()..], &[([9; 32], b"new".to_vec())]);
        }
    }

    #[test]
    fn what_is_of_another_run_goes() {
        let dir = temp_dir::TempDir::new().unwrap();
        let path = dir.path().join("rrc00/2014-12-22");
        append(&path, &[8; 32], &[1; 32], b"another's").unwrap();
        assert!(findings(&path).is_empty());
        assert!(!path.exists());
    }
}

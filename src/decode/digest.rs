//! What was asked of a file, in short: with the same file, an equal digest is an equal finding.

use super::{Burst, Covering, Scan, Seek};
use crate::model::archive::FileKind;
use crate::model::net::{Family, Prefix, address_bits};
use crate::model::time::Timestamp;
use sha2::{Digest as _, Sha256};

/// SHA-256 of something.
pub type Digest = [u8; 32];

impl Scan<'_> {
    /// A digest of all that decides what is found in a file, but for the file's own bytes.
    /// `sought` is that of [`Scan::seek`], which many files have in common.
    pub fn digest(&self, sought: &Digest) -> Digest {
        // Field by field, so that none can be added and forgotten here.
        let Self {
            kind,
            seek: _,
            from,
            to,
            silence,
            bursts,
            heard: _,
        } = self;
        let mut hash = Sha256::new();
        hash.update(sought);
        hash.update([match kind {
            FileKind::Rib => 0u8,
            FileKind::Updates => 1,
        }]);
        let mut number = |n: i64| hash.update(n.to_le_bytes());
        number(from.0);
        number(to.0);
        number(i64::from(silence.is_some()));
        number(silence.unwrap_or_default());
        for Burst { session, from, to } in *bursts {
            let (Timestamp(from), Timestamp(to)) = (from, to);
            let (family, bits) = address_bits(session.ip);
            hash.update(session.asn.to_le_bytes());
            hash.update([family as u8]);
            hash.update(bits.to_le_bytes());
            hash.update(from.to_le_bytes());
            hash.update(to.to_le_bytes());
        }
        hash.finalize().into()
    }
}

impl Seek<'_> {
    /// A digest of all that decides where a prefix or an origin stands to what is looked for, and
    /// what is kept of it.
    pub fn digest(&self, covering: Covering) -> Digest {
        let mut hash = Sha256::new();
        hash.update([match covering {
            Covering::Paths => 0u8,
            Covering::Presence => 1,
        }]);
        match self {
            Self::Everything { list, discovered } => {
                hash.update(b"everything");
                add(&mut hash, list.blocks());
                hash.update((list.origins().count() as u64).to_le_bytes());
                for origin in list.origins() {
                    hash.update(origin.to_le_bytes());
                }
                add(&mut hash, discovered.iter());
            }
            Self::Only(prefixes) => {
                hash.update(b"only");
                add(&mut hash, prefixes.iter());
            }
        }
        hash.finalize().into()
    }
}

/// Adds prefixes, and that there are no more.
fn add(hash: &mut Sha256, prefixes: impl Iterator<Item = Prefix>) {
    const END: [u8; 18] = [0xff; 18];
    for prefix in prefixes {
        let mut bytes = [0; 18];
        bytes[0] = match prefix.family() {
            Family::V4 => 4,
            Family::V6 => 6,
        };
        bytes[1] = prefix.len();
        bytes[2..].copy_from_slice(&prefix.first().to_le_bytes());
        hash.update(bytes);
    }
    hash.update(END);
}

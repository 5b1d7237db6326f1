//! What is asked of a file: which routes, over which time, and in how much detail.

use crate::model::archive::FileKind;
use crate::model::net::{Family, Prefix, address_bits};
use crate::model::peer::Session;
use crate::model::time::{TimeDelta, Timestamp};
use crate::watchlist::{PrefixSet, SetRelation, WatchList};
use sha2::{Digest as _, Sha256};

/// What to read from one file.
pub struct Scan<'a> {
    /// Whether the file is a table dump or a span of updates.
    pub kind: FileKind,
    /// Which prefixes' routes to keep.
    pub filter: Filter<'a>,
    /// How much to keep of a route that only covers a prefix the filter selects.
    pub covering: CoveringDetail,
    /// Update records before this are ignored.
    pub from: Timestamp,
    /// Update records from this on are ignored.
    pub to: Timestamp,
    /// If set, record each peer's spans of activity; a pause of this length ends a span.
    pub silence: Option<TimeDelta>,
    /// Spans in which to collect what a session announces (see `super::table_transfers`).
    pub transfers: &'a [TableTransfer],
    /// Called with the number of compressed bytes read since the last call.
    pub progress: &'a (dyn Fn(u64) + Sync),
}

/// Which prefixes' routes are kept. Routes to prefixes that cover them are kept as well: without
/// them it is unknown whether a withdrawn prefix is still reachable.
#[derive(Clone, Copy)]
pub enum Filter<'a> {
    /// The prefixes of the watch list, and those discovered so far by a watched origin AS.
    WatchList {
        /// The watch list.
        list: &'a WatchList,
        /// Prefixes discovered in files that were read before.
        discovered: &'a PrefixSet,
    },
    /// These prefixes only: they were discovered after the file was first read.
    Prefixes(&'a PrefixSet),
}

impl Filter<'_> {
    /// How a prefix relates to the prefixes that are looked for.
    pub(crate) fn relation(&self, prefix: Prefix) -> SetRelation {
        match self {
            Self::WatchList { list, discovered } => match list.relation(prefix) {
                SetRelation::Watched => SetRelation::Watched,
                relation => match discovered.relation(prefix) {
                    SetRelation::Unrelated => relation,
                    relation => relation,
                },
            },
            Self::Prefixes(prefixes) => prefixes.relation(prefix),
        }
    }

    /// Whether a route can match by its origin AS.
    pub(super) fn has_origins(&self) -> bool {
        matches!(self, Self::WatchList { list, .. } if list.has_origins())
    }
}

/// How much is kept of a route that only covers a watched prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CoveringDetail {
    /// Everything, as for routes to watched prefixes.
    Full,
    /// That the route exists, with an empty AS path. Coverage needs no more, and where 100,000
    /// prefixes are watched most of the routes that are kept are covering ones.
    PresenceOnly,
}

/// A span of time in which a session may have sent its whole table (RFC 4271 §3.2: on session
/// establishment a speaker advertises its full Adj-RIB-Out).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableTransfer {
    /// The session that sends.
    pub session: Session,
    /// First instant of the span.
    pub from: Timestamp,
    /// Last instant of the span, inclusive.
    pub to: Timestamp,
}

/// A SHA-256 digest.
pub type Digest = [u8; 32];

impl Scan<'_> {
    /// A digest of everything that determines the result of reading a file, apart from the file's
    /// own bytes: the same file read with an equal digest gives equal contents. `filter` is the
    /// digest of [`Scan::filter`] and [`Scan::covering`], which many files share.
    pub fn digest(&self, filter: &Digest) -> Digest {
        // Destructured, so that a new field cannot be forgotten here.
        let Self {
            kind,
            filter: _,
            covering: _,
            from,
            to,
            silence,
            transfers,
            progress: _,
        } = self;
        let mut hash = Sha256::new();
        hash.update(filter);
        hash.update([u8::from(!kind.is_table_dump())]);
        let mut number = |n: i64| hash.update(n.to_le_bytes());
        number(from.0);
        number(to.0);
        number(i64::from(silence.is_some()));
        number(silence.map_or(0, |silence| silence.0));
        for TableTransfer { session, from, to } in *transfers {
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

impl Filter<'_> {
    /// A digest of everything that determines which routes are kept, and in what detail.
    pub fn digest(&self, covering: CoveringDetail) -> Digest {
        let mut hash = Sha256::new();
        hash.update([match covering {
            CoveringDetail::Full => 0u8,
            CoveringDetail::PresenceOnly => 1,
        }]);
        match self {
            Self::WatchList { list, discovered } => {
                hash.update(b"everything");
                update_prefixes(&mut hash, list.blocks());
                hash.update((list.origins().count() as u64).to_le_bytes());
                for origin in list.origins() {
                    hash.update(origin.to_le_bytes());
                }
                update_prefixes(&mut hash, discovered.iter());
            }
            Self::Prefixes(prefixes) => {
                hash.update(b"only");
                update_prefixes(&mut hash, prefixes.iter());
            }
        }
        hash.finalize().into()
    }
}

/// Hashes a list of prefixes and a terminator, so that two adjacent lists cannot be confused.
fn update_prefixes(hash: &mut Sha256, prefixes: impl Iterator<Item = Prefix>) {
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

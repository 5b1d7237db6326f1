//! **dropline** answers one question: minute by minute, how much of a country, an AS or a list of
//! prefixes could the Internet's routers still reach, and when, in what order and behind whom did
//! it drop? It reads the public archives of RouteViews and RIPE RIS, so any past date can be asked
//! about.
//!
//! # The words
//!
//! - A **peer** is one BGP session into a collector: (collector, peer ASN, peer address). A
//!   **vantage AS** is a peer ASN: a network that feeds three collectors is one voice.
//! - **Presence** of a prefix at a peer is *present*, *absent* or *unknown*
//!   ([`model::route::Presence`]). A route that leaves a table because a session died, a file is
//!   missing or a record is damaged is unknown, never absent.
//! - A vantage AS *sees* a prefix if any of its counted peers has it, does *not see* it if all of
//!   them have it absent, and is *unknown* otherwise. **Visibility** is seeing / known; with none
//!   known it is empty, not zero ([`model::visibility`]).
//! - Only **full-feed** peers are counted ([`replay::feed`]).
//! - A **unit** is a /24 (IPv6: /48) of the watched space. It is *direct*, *covered* by a shorter
//!   route, reached by *none*, or *unknown* ([`tally::coverage`]).
//! - An **upstream** is the AS next to the origin on a path in use ([`tally::upstreams`]).
//! - The **baseline** is the state at the window's first instant. It never looks ahead.
//! - Time is UTC, integer microseconds; windows and minutes are half-open ([`model::time`]).
//!
//! # The story
//!
//! 1. [`study`]: the question, checked.
//! 2. [`watchlist`]: what is watched, with reasons; [`registry`]: what a country held on a day.
//! 3. [`locate`]: window and collectors → which files to read, and the holes between them.
//! 4. [`fetch`]: an archive's files → verified files in the cache.
//! 5. [`decode`]: bytes → route events of the watch list; damage is named, never guessed over.
//! 6. [`replay`]: RIB + events → changes of presence, per peer and prefix.
//! 7. [`tally`]: changes → minutes of prefixes, ASes, countries.
//! 8. [`detect`]: changes of visibility → outages.
//! 9. [`write`](mod@write): tables as CSV and Parquet, and `run.json`.
//! 10. [`view`]: a run's folder, read back, and its summary in words.
//! 11. [`plot`]: what `view` reads → figures and a report.
//!
//! [`pipeline`] knows the order, and runs it side by side over files, collectors and prefixes. What a
//! run has read it keeps until the run ends well ([`pipeline::checkpoint`]).
//! [`verify`] compares two runs, or a run with what is expected of it, and says what moved.
//! [`explain`] goes back from a cell to the peers, files and records behind it. [`encode`] goes the
//! other way, from an event table to MRT files: tests and bundled incidents are made with it.
//! [`slice`](mod@slice) cuts an archive to a small one that replays to the same tables. The nouns that the stages pass on are in [`model`].
//!
//! # What never happens
//!
//! - `replay`, `tally` and `detect` do no IO and cannot fail.
//! - The library never prints and never exits.
//! - Only `registry`, `locate` and `fetch` reach the network.
//! - `bgpkit_parser` is named in `decode` alone, `bgpkit_broker` in `locate` alone, `polars` in
//!   `write` and `view` alone, `clap` in the command's own modules alone.
//! - What a network does wrong is a hole with its reason, never an outage ([`fetch`]).
//! - What an earlier run has read is taken only where reading would give the same again.
//! - A file in the cache was whole when it came, and is held against its hash when it is used.
//! - A missing minute is never zero.
//! - The result does not depend on threads, hash order, locale or clock.
//! - Nothing read from a file or the network panics, hangs, or takes unbounded memory.
//!
//! # An example
//!
//! ```
//! use dropline::model::net::Prefix;
//! use dropline::model::time::{Timestamp, Window};
//! use dropline::pipeline::{self, Quiet};
//! use dropline::watchlist::{WatchList, asked};
//! use dropline::study::{FeedRule, Selection, Study};
//! use dropline::{encode, locate, locate::Source};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let events = encode::parse(
//!     "cover rrc00 2022-04-21T02:00Z 2022-04-21T02:05Z
//!      2022-04-21T02:00:10Z rrc00 64500@192.0.2.1 announce 175.45.177.0/24 64500 4837 131279
//!      2022-04-21T02:02:47Z rrc00 64500@192.0.2.1 withdraw 175.45.177.0/24",
//! )?;
//! let dir = std::env::temp_dir().join(format!("dropline-doc-{}", std::process::id()));
//! encode::write(&events, &dir)?;
//!
//! let block: Prefix = "175.45.176.0/22".parse()?;
//! let window = Window {
//!     from: Timestamp::parse("2022-04-21T02:00Z")?,
//!     to: Timestamp::parse("2022-04-21T02:05Z")?,
//! };
//! let selection = Selection {
//!     prefixes: vec![block],
//!     ..Selection::default()
//! };
//! let mut study = Study::new(selection, window)?;
//! study.rules.full_feed = FeedRule::All;
//! let list = WatchList::new(asked([block], []));
//! let source = Source::Encoded(dir.clone());
//! let collectors = locate::collectors(&dir)?;
//! let mut held = Vec::new();
//! for collector in &collectors {
//!     let lookback = study.rules.rib_lookback;
//!     held.push(locate::holdings(&source, collector, window, lookback)?);
//! }
//! let answer = pipeline::analyse(&study, &list, held, None, &Quiet)?;
//!
//! let last = answer.tallies[0].minutes.last().expect("a window has minutes");
//! assert_eq!((last.minute, last.visibility.seeing, last.visibility.known), (2, 0, 1));
//! # std::fs::remove_dir_all(dir)?;
//! # Ok(())
//! # }
//! ```

#[cfg(feature = "cli")]
pub mod cli;
pub mod decode;
pub mod detect;
pub mod disk;
pub mod encode;
#[cfg(feature = "tables")]
pub mod explain;
pub mod fetch;
pub mod locate;
pub mod manifest;
pub mod model;
pub mod pipeline;
#[cfg(feature = "tables")]
pub mod plot;
pub mod registry;
pub mod replay;

#[cfg(feature = "tables")]
pub mod slice;
pub mod study;
pub mod tally;
#[cfg(feature = "tables")]
pub mod verify;
#[cfg(feature = "tables")]
pub mod view;
pub mod watchlist;
#[cfg(feature = "tables")]
pub mod write;

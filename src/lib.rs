//! **dropline** answers one question: minute by minute, how much of a country, an AS or a list of
//! prefixes could the Internet's routers still reach, and when, in what order and behind which
//! upstream did it drop? It reads the public archives of RouteViews and RIPE RIS, so any past date can be asked
//! about.
//!
//! # Terms
//!
//! - A **peer** is one BGP session into a collector: (collector, peer ASN, peer address). A
//!   **vantage AS** is a peer ASN: a network that feeds three collectors counts once.
//! - **Presence** of a prefix at a peer is *present*, *absent* or *unknown*
//!   ([`model::route::Presence`]). A route that leaves a table because a session is lost, a file is
//!   missing or a record is damaged is unknown, never absent.
//! - A vantage AS *sees* a prefix if any of its counted peers has it, does *not see* it if all of
//!   them have it absent, and is *unknown* otherwise. **Visibility** is seeing / known; with none
//!   known it is empty, not zero ([`model::visibility`]).
//! - Only **full-feed** peers are counted ([`replay::feed`]).
//! - A **unit** is a /24 (IPv6: /48) of the watched space. It is *direct*, *covered* by a shorter
//!   route, reached by *none*, or *unknown* ([`tally::coverage`]).
//! - An **upstream** is the AS next to the origin on a path in use ([`tally::upstreams`]).
//! - The **baseline** is what was there before: it looks back from the window's first instant, never
//!   ahead, and its prefixes are the *members* of a group ([`tally::baseline`]).
//! - An **event** is what people call one outage of an AS or a country ([`detect::events`]).
//! - Time is UTC, integer microseconds; windows and minutes are half-open ([`model::time`]).
//!
//! # The flow
//!
//! [`run()`] takes a question through all stages:
//!
//! 1. [`study`]: the question, checked.
//! 2. [`watchlist`]: what is watched, with reasons; [`registry`]: what a country held on a day.
//! 3. [`locate`]: window and collectors → which files to read, and the gaps between them.
//! 4. [`fetch`]: an archive's files → verified files in the cache.
//! 5. [`decode`]: bytes → route events of the watch list; damage is reported, never guessed.
//! 6. [`replay`]: RIB + events → changes of presence, per peer and prefix.
//! 7. [`tally`]: changes → minutes of prefixes, ASes, countries.
//! 8. [`detect`]: changes of visibility → outages and events.
//! 9. [`pipeline`]: all of these in order, side by side over files, collectors and prefixes; the
//!    result is its [`Findings`].
//! 10. [`write`](mod@write): tables as CSV and Parquet, and `run.json`.
//! 11. [`view`]: a run's folder, read back, and its summary in words.
//! 12. [`plot`]: what `view` reads → figures and a report.
//!
//! A run keeps what it has read until it ends well ([`pipeline::checkpoint`]).
//! [`verify`] compares two runs, or a run with what is expected of it.
//! [`explain`] goes back from a cell to the peers, files and records that it rests on. [`encode`]
//! makes MRT files from an event table, for tests and bundled incidents. [`slice`](mod@slice) cuts an
//! archive to a small one that replays to the same tables. [`model`] has the types that the stages
//! pass on.
//!
//! # What never happens
//!
//! - `replay`, `tally` and `detect` do no IO and cannot fail.
//! - The library never prints and never exits.
//! - Only `registry`, `locate` and `fetch` reach the network.
//! - `bgpkit_parser` is named in `decode` alone, `bgpkit_broker` in `locate` alone, `polars` in
//!   `write` and `view` alone, `clap` in the command's own modules alone.
//! - A failure of the network leaves a gap with its reason, never an outage ([`fetch`]).
//! - A checkpoint is used only where reading the file would give the same contents.
//! - A file is complete when it enters the cache, and its hash is checked when it is used.
//! - A missing minute is never zero.
//! - The result does not depend on threads, hash order, locale or clock.
//! - Nothing read from a file or the network panics, hangs, or takes unbounded memory.
//!
//! # Examples
//!
//! A question in, findings out ([`run()`]). The archive is made from an event table here
//! ([`encode`]):
//!
//! ```
//! use dropline::model::time::{Timestamp, Window};
//! use dropline::study::{Selection, Study};
//! use dropline::{Options, Sources, encode, run};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let dir = std::env::temp_dir().join(format!("dropline-doc-{}", std::process::id()));
//! let events = encode::parse(
//!     "cover rrc00 2022-04-21T02:00Z 2022-04-21T02:05Z
//!      2022-04-21T02:00:00Z rrc00 64500@192.0.2.1 rib 175.45.177.0/24 64500 4837 131279
//!      2022-04-21T02:02:47Z rrc00 64500@192.0.2.1 withdraw 175.45.177.0/24",
//! )?;
//! encode::write(&events, &dir)?;
//! let from = Timestamp::parse("2022-04-21T02:00Z")?;
//! let to = Timestamp::parse("2022-04-21T02:05Z")?;
//! let prefixes = vec!["175.45.176.0/22".parse()?];
//! let selection = Selection { prefixes, ..Selection::default() };
//! let study = Study::new(selection, Window { from, to })?;
//! let findings = run(&study, &Sources::encoded(&dir), &Options::default())?;
//! let last = findings.tallies[0].minutes.last().expect("a window has minutes");
//! assert_eq!((last.minute, last.visibility.seeing, last.visibility.known), (2, 0, 1));
//! # std::fs::remove_dir_all(dir)?;
//! # Ok(())
//! # }
//! ```
//!
//! A country, with what the registries list for it on the day before the window, and a local mirror
//! of the archives:
//!
//! ```no_run
//! use dropline::model::time::{Timestamp, Window};
//! use dropline::study::{Selection, Study};
//! use dropline::{Options, Sources, run};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let from = Timestamp::parse("2014-12-22T15:00Z")?;
//! let to = Timestamp::parse("2014-12-23T06:00Z")?;
//! let country = Some("KP".to_owned());
//! let selection = Selection { country, ..Selection::default() };
//! let study = Study::new(selection, Window { from, to })?;
//! let findings = run(&study, &Sources::mirror("/data/archive"), &Options::default())?;
//! for outage in &findings.outages {
//!     let times = &outage.report.outage;
//!     println!("{} down from {} to {}", outage.entity, times.start, times.end);
//! }
//! # Ok(())
//! # }
//! ```

// Much of the library is used by the program alone, and is dead code in a build without it.
// What no outside program reaches is `pub(crate)`.
#![warn(unreachable_pub)]
#![cfg_attr(not(feature = "cli"), allow(dead_code, unused_imports))]

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
pub mod run;
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

pub use pipeline::Findings;
pub use run::{Error, FileSource, Options, Sources, run};

//! The specification, as tests: one binary, so that it links once.
//!
//! Scenario text in, table out ([`scenarios`]); laws of replay and tally ([`laws`]); weeks in one run ([`long`]); the program
//! as users run it ([`cli`]); a run's folder read back ([`view`]), its story in words ([`story`]) and its report in a browser ([`browser`]); the decoder against a full
//! parser ([`differential`]), in whatever container ([`containers`]); the repository's own incidents ([`incidents`]) and whole real files
//! where `DROPLINE_MIRROR` names a mirror ([`real`]); runs that are cut off ([`resume`]); figures ([`figures`]); keys and types of
//! the tables ([`tables`]); the notebooks ([`notebooks`]) and the pages ([`docs`]).

mod browser;
mod cli;
mod containers;
mod differential;
mod docs;
mod explain;
mod export;
mod figures;
mod hardening;
mod harness;
mod house;
mod incidents;
mod laws;
mod long;
mod manifest;
mod network;
mod notebooks;
mod real;
mod resume;
mod scenarios;
mod select;
mod show;
mod slice;
mod story;
mod tables;
mod verify;
mod view;
mod words;

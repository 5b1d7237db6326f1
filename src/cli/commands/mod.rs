//! A command a file: its arguments in, its work, its exit status out. No command uses another.

pub mod cache;
pub mod columns;
pub mod completions;
pub mod encode;
pub mod explain;
pub mod export;
pub mod fetch;
pub mod incidents;
pub mod locate;
pub mod man;
pub mod plot;
pub mod regress;
pub mod run;
pub mod select;
pub mod show;
pub mod slice;
pub mod verify;

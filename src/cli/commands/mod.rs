//! A command a file: its arguments in, its work, its exit status out. No command uses another.

pub(crate) mod cache;
pub(crate) mod columns;
pub(crate) mod completions;
pub(crate) mod encode;
pub(crate) mod explain;
pub(crate) mod export;
pub(crate) mod fetch;
pub(crate) mod incidents;
pub(crate) mod locate;
pub(crate) mod man;
pub(crate) mod plot;
pub(crate) mod regress;
pub(crate) mod run;
pub(crate) mod select;
pub(crate) mod show;
pub(crate) mod slice;
pub(crate) mod verify;

//! The rules by which a question is answered, as far as they can be chosen.
//!
//! Each rule is described once, in `RULES`: its key in incident files, its flag, its key in
//! `run.json`, its unit, limits and help. Incident files and `run.json` in both directions, the
//! command's flags and their help are all made from that table (`RuleSettings`, and the serde form
//! of [`Rules`]).

mod schema;
mod settings;
mod values;

pub(crate) use schema::Rule;

pub(crate) use schema::RULES;
pub(crate) use settings::beside_rules;
pub(crate) use settings::{RuleSettings, RuleValue};
pub use values::{FeedRule, Profile, Rules};

//! The baseline: what was there before, taken at one instant ([`CountingRules::baseline_at`]).
//!
//! [`CountingRules::baseline_at`]: super::CountingRules::baseline_at

use crate::model::net::Asn;
use crate::model::visibility::VisibilityState;

/// What a prefix was like at the baseline's instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Baseline {
    /// Whether it was visible; only then is it a member.
    pub state: VisibilityState,
    /// Its origins then, ascending.
    pub origins: Vec<Asn>,
}

impl Baseline {
    /// Whether the prefix was visible, and so is a member of its groups.
    pub(crate) fn is_member(&self) -> bool {
        self.state == VisibilityState::Visible
    }
}

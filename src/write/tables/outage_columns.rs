//! What `outages`, `events` and the tables about them share.

use super::prelude::*;
use crate::model::net::Asn;
use crate::model::time::TimeDelta;

pub(super) const SCOPE: Column = column("scope", Kind::Text, "country, asn or prefix");
pub(super) const ENTITY: Column =
    column("entity", Kind::Text, "Which: KP, AS131279, 175.45.176.0/24");
pub(super) const FAMILY: Column = column("family", Kind::Int, "Family of its prefixes: 4 or 6");
pub(super) const END_KIND: Column = column(
    "end_kind",
    Kind::Text,
    "back: it was seen again; window: it was known to be down at the window's end; unknown: it was down until the end, and nothing is known from there to the window's end, so it lasted at least so long",
);
pub(super) const BASELINE: Column = column(
    "baseline",
    Kind::Text,
    "What its membership rests on: measured, inferred (first known by withdrawals, without a RIB) or chosen (--baseline-at); of several the least certain. Empty for a prefix that is no member",
);
pub(super) const COMMON_AS: Column = column(
    "common_as",
    Kind::Int,
    "The AS nearest to the origin, other than an origin, that is on at least 90 % of the lost paths, and either on at most 10 % of the surviving ones or with at most 10 % of the paths through it surviving; stuck peers are left out",
);
pub(super) const OTHER_ORIGINS: Column = column(
    "other_origins",
    Kind::Asns,
    "Origins of the routes in use while it was lost, or when it was back, that are not the members' own: a hijack, a takeover",
);

/// Whole seconds, rounded up: an uncertainty is never less than it is.
pub(super) const fn seconds_up(uncertainty: TimeDelta) -> i64 {
    (uncertainty.0 + SECOND - 1).div_euclid(SECOND)
}

/// An AS number as a text that no reader takes for a number: `AS17557`.
pub(super) fn as_text(asn: Asn) -> String {
    format!("AS{asn}")
}

//! Collectors, their peers, and the two archive projects.

use super::net::Asn;
use super::time::{SECOND, Timestamp};
use serde::{Deserialize, Serialize, Serializer};
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

/// The archive that a collector belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Project {
    /// RIPE NCC Routing Information Service, collectors `rrc00`, `rrc01`, …
    Ris,
    /// University of Oregon RouteViews, every other collector.
    RouteViews,
}

/// A collector's name as the archives write it. Every file of it carries the name, so the text is shared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Collector(Arc<str>);

impl Collector {
    /// Checks a name: letters, digits, dots, hyphens and underscores, so that it is one folder.
    ///
    /// # Errors
    /// The name holds anything else.
    pub fn new(name: &str) -> Result<Self, String> {
        let fits = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if name.is_empty() || name.starts_with('.') || !name.chars().all(fits) {
            return Err(format!(
                "`{name}` is no collector; write it like rrc00 or route-views.sydney"
            ));
        }
        Ok(Self(name.into()))
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.0
    }

    /// RIS collectors are called `rrc` and two digits; all others are RouteViews'.
    pub fn project(&self) -> Project {
        match self.0.strip_prefix("rrc") {
            Some(n) if !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()) => Project::Ris,
            _ => Project::RouteViews,
        }
    }

    /// Nominal span of an update file that starts at `start`, in microseconds: RIS 5 minutes
    /// (15 before July 2003), RouteViews 15.
    pub fn step(&self, start: Timestamp) -> i64 {
        const RIS_FIVE_MINUTES_SINCE: Timestamp = Timestamp::from_secs(1_057_017_600);
        match self.project() {
            Project::Ris if start >= RIS_FIVE_MINUTES_SINCE => 300 * SECOND,
            Project::Ris | Project::RouteViews => 900 * SECOND,
        }
    }
}

impl fmt::Display for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Collector {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// A BGP session into a collector, as a file of that collector names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Session {
    /// The peer's AS number as recorded (AS_TRANS stays AS_TRANS).
    pub asn: Asn,
    /// The peer's address as recorded.
    pub ip: IpAddr,
}

/// A peer: one session into one collector. Sorts by collector, AS number, address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Peer {
    /// The collector.
    pub collector: Collector,
    /// The session.
    pub session: Session,
}

/// Index into the run's sorted list of peers.
pub(crate) type PeerId = u32;

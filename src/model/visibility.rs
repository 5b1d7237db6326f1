//! Visibility as exact fractions, and what follows from it: state, status, coverage.

use super::time::Timestamp;

/// Vantage ASes that see a prefix, out of those known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Visibility {
    /// Vantage ASes that see it.
    pub seeing: u32,
    /// Vantage ASes known.
    pub known: u32,
}

impl Visibility {
    /// Ten-thousandths, rounded half up; nothing when none is known: no data is never zero.
    pub fn ratio(self) -> Option<u32> {
        ratio(self.seeing, self.known)
    }

    /// Whether at least so many percent of the known see it; false when none is known.
    pub(crate) const fn is_at_least(self, percent: u32) -> bool {
        self.known > 0 && self.seeing as u64 * 100 >= self.known as u64 * percent as u64
    }

    /// Whether at least 90 % of the known see it; false when none is known.
    pub const fn is_up(self) -> bool {
        self.known > 0 && matches!(Status::of(self.seeing, self.known), Status::Up)
    }

    /// Whether this is a smaller fraction than `other`; both must be known.
    pub(crate) const fn is_less(self, other: Self) -> bool {
        (self.seeing as u64) * (other.known as u64) < (other.seeing as u64) * (self.known as u64)
    }
}

/// Whether a prefix, an AS or a country is visible, as far as is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VisibilityState {
    /// At least half of the known vantage ASes see it (IODA's rule).
    Visible,
    /// Less than half of them do.
    Lost,
    /// Too few vantage ASes are known to say. Never to be taken for lost.
    Unknown,
}

/// An instant from which on visibility differs from before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VisibilityChange {
    /// When.
    pub time: Timestamp,
    /// Whether the prefix is visible from here on.
    pub state: VisibilityState,
    /// Its visibility from here on.
    pub visibility: Visibility,
}

/// `part / whole` in ten-thousandths, rounded half up; nothing for an empty whole.
pub fn ratio<N: Into<u64>>(part: N, whole: N) -> Option<u32> {
    let (part, whole) = (u128::from(part.into()), u128::from(whole.into()));
    let rounded = (part * 20_000 + whole).checked_div(2 * whole)?;
    u32::try_from(rounded).ok()
}

/// The status of a prefix, an AS or a country, as the tables write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// At least 90 % see it.
    Up,
    /// At least 50 %.
    Degraded,
    /// Less than 50 %.
    Down,
    /// Too few vantage ASes are known to say.
    Unknown,
    /// It has never yet been visible.
    Unseen,
}

impl Status {
    /// As the tables write it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Degraded => "degraded",
            Self::Down => "down",
            Self::Unknown => "unknown",
            Self::Unseen => "unseen",
        }
    }

    /// Reads what [`Status::label`] writes; nothing where the text is something else.
    pub fn parse(label: &str) -> Option<Self> {
        let all = [
            Self::Up,
            Self::Degraded,
            Self::Down,
            Self::Unknown,
            Self::Unseen,
        ];
        all.into_iter().find(|status| status.label() == label)
    }

    /// The status of `part` out of `whole`: up from 90 %, degraded from 50 %, else down. Compared
    /// on integers.
    pub const fn of(part: u32, whole: u32) -> Self {
        let (part, whole) = (part as u64, whole as u64);
        if part * 10 >= whole * 9 {
            Self::Up
        } else if part * 2 >= whole {
            Self::Degraded
        } else {
            Self::Down
        }
    }

    /// Up or degraded: at least half see it.
    pub(crate) const fn is_visible(self) -> bool {
        matches!(self, Self::Up | Self::Degraded)
    }
}

/// How a unit (a /24, IPv6 /48, of the watched space) is reached: at one peer, from one vantage AS,
/// or from all of them together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Coverage {
    /// By a route at least as long as the longest that reached the unit in the baseline.
    Direct,
    /// By shorter routes only.
    Covered,
    /// By no route.
    None,
    /// Too little is known to say. Never to be taken for none.
    Unknown,
}

impl Coverage {
    /// All of them, in the order of the tables.
    pub const ALL: [Self; 4] = [Self::Direct, Self::Covered, Self::None, Self::Unknown];
}

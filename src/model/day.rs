//! Calendar days, UTC.

use super::time::Timestamp;
use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;

/// A calendar day. Registries date their files by it, in the time zone of each; here it is taken
/// as UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(NaiveDate);

impl Day {
    /// The calendar's first.
    pub(crate) const EARLIEST: Self = Self(NaiveDate::MIN);

    /// A day of the calendar.
    ///
    /// # Errors
    /// None; the answer is empty where the calendar has no such day.
    pub fn new(year: i32, month: u32, day: u32) -> Option<Self> {
        NaiveDate::from_ymd_opt(year, month, day).map(Self)
    }

    /// The day that holds an instant.
    pub fn of(time: Timestamp) -> Self {
        let time = chrono::DateTime::from_timestamp_micros(time.0).unwrap_or_default();
        Self(time.date_naive())
    }

    /// Reads `2014-12-22`.
    ///
    /// # Errors
    /// The text is no such day.
    pub fn parse(text: &str) -> Result<Self, String> {
        let day = NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d");
        day.map(Self)
            .map_err(|_| format!("`{text}` is no day; write it like 2014-12-22"))
    }

    /// Reads `20141222`, as registries write days; nothing for what is empty or no day.
    pub(crate) fn parse_compact(text: &str) -> Option<Self> {
        if text.len() != 8 || !text.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let number = |part: &str| part.parse().ok();
        let year = text[..4].parse().ok()?;
        Self::new(year, number(&text[4..6])?, number(&text[6..])?)
    }

    /// `20141222`.
    pub(crate) fn compact(self) -> String {
        self.0.format("%Y%m%d").to_string()
    }

    /// So many days before; the earliest day there is where there are not so many.
    pub fn before(self, days: u32) -> Self {
        let earlier = self.0.checked_sub_days(chrono::Days::new(days.into()));
        Self(earlier.unwrap_or(Self::EARLIEST.0))
    }

    /// The year.
    pub fn year(self) -> i32 {
        self.0.year()
    }

    /// Month and day of the month, from 1.
    pub(crate) fn month_day(self) -> (u32, u32) {
        (self.0.month(), self.0.day())
    }

    /// Days from an earlier day to this one; negative from a later one.
    pub(crate) fn days_since(self, earlier: Self) -> i64 {
        (self.0 - earlier.0).num_days()
    }
}

impl fmt::Display for Day {
    /// `2014-12-22`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m-%d"))
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_in_both_forms_and_counted_back() {
        let day = Day::parse("2016-03-01").unwrap();
        assert_eq!(Day::parse_compact("20160301"), Some(day));
        assert_eq!(day.before(1).to_string(), "2016-02-29");
        assert_eq!(day.before(61).compact(), "20151231");
        assert_eq!(day.days_since(day.before(61)), 61);
        let evening = Timestamp::parse("2016-02-29T23:59:59Z").unwrap();
        assert_eq!(Day::of(evening), day.before(1));
        for wrong in ["", "2016-02-30", "20160301", "2016-3-1x", "yesterday"] {
            assert!(Day::parse(wrong).is_err(), "{wrong}");
        }
        for wrong in [
            "", "20160230", "00000000", "2016-3-1", "+2016030", "201603é",
        ] {
            assert_eq!(Day::parse_compact(wrong), None, "{wrong}");
        }
    }
}

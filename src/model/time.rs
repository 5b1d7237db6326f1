//! Time: UTC, integer microseconds, half-open windows and minutes.

use chrono::{DateTime, NaiveDate, NaiveDateTime};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Mul, Sub};

/// Microseconds in a second.
pub const SECOND: i64 = 1_000_000;
/// Microseconds in a minute.
pub const MINUTE: i64 = 60 * SECOND;

/// A length of time in microseconds; negative where it leads back. Arithmetic saturates, so that
/// a time at the edge of the range stays there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeDelta(pub i64);

impl TimeDelta {
    /// No time at all.
    pub(crate) const ZERO: Self = Self(0);
    /// One second.
    pub const SECOND: Self = Self(SECOND);
    /// One minute.
    pub const MINUTE: Self = Self(MINUTE);
    /// One hour.
    pub(crate) const HOUR: Self = Self(60 * MINUTE);
    /// One day of 24 hours.
    pub const DAY: Self = Self(24 * 60 * MINUTE);
    /// Longer than anything.
    pub const MAX: Self = Self(i64::MAX);

    /// So many seconds.
    pub const fn from_secs(seconds: i64) -> Self {
        Self::SECOND.times(seconds)
    }

    /// So many minutes.
    pub(crate) const fn from_mins(minutes: i64) -> Self {
        Self::MINUTE.times(minutes)
    }

    /// It, so many times over.
    pub const fn times(self, n: i64) -> Self {
        Self(self.0.saturating_mul(n))
    }

    /// Its microseconds.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whole seconds in it, rounded towards zero.
    pub const fn as_secs(self) -> i64 {
        self.0 / SECOND
    }

    /// Whole units of that length in it, rounded towards zero.
    pub const fn whole(self, unit: Self) -> i64 {
        self.0 / unit.0
    }

    /// Its length, whichever way it leads.
    pub(crate) const fn abs(self) -> Self {
        Self(self.0.saturating_abs())
    }

    /// Reads a length of time, such as `120s`, `2min`, `1h` or `90` (seconds).
    ///
    /// # Errors
    /// The text is none, or is longer than 400 days.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let split = text
            .find(|c: char| c.is_ascii_alphabetic())
            .unwrap_or(text.len());
        let (number, unit) = text.split_at(split);
        let unit = match unit.trim() {
            "" | "s" | "sec" => Some(1.0),
            "m" | "min" => Some(60.0),
            "h" => Some(3600.0),
            _ => None,
        };
        let value = number.trim().parse().ok().filter(|v: &f64| *v >= 0.0);
        match (value, unit) {
            (Some(value), Some(unit)) if value * unit <= 400.0 * 86_400.0 => {
                Ok(Self((value * unit * SECOND as f64).round() as i64))
            }
            _ => Err(format!(
                "`{text}` is no length of time; write it like 120s, 2min or 1h"
            )),
        }
    }
}

impl Add for TimeDelta {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for TimeDelta {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Mul<i64> for TimeDelta {
    type Output = Self;

    fn mul(self, n: i64) -> Self {
        self.times(n)
    }
}

impl Sum for TimeDelta {
    fn sum<I: Iterator<Item = Self>>(deltas: I) -> Self {
        deltas.fold(Self::ZERO, Add::add)
    }
}

impl Add<TimeDelta> for Timestamp {
    type Output = Self;

    fn add(self, delta: TimeDelta) -> Self {
        Self(self.0.saturating_add(delta.0))
    }
}

impl Sub<TimeDelta> for Timestamp {
    type Output = Self;

    fn sub(self, delta: TimeDelta) -> Self {
        Self(self.0.saturating_sub(delta.0))
    }
}

impl Sub for Timestamp {
    type Output = TimeDelta;

    fn sub(self, earlier: Self) -> TimeDelta {
        TimeDelta(self.0.saturating_sub(earlier.0))
    }
}

/// An instant: microseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Before every instant: what holds from the replay's start has this time.
    pub(crate) const BEFORE_ALL: Self = Self(i64::MIN);

    /// The instant `seconds` after the epoch.
    pub const fn from_secs(seconds: i64) -> Self {
        Self(seconds * SECOND)
    }

    /// Reads RFC 3339, or its short forms `2014-12-22T15:00Z` and `2014-12-22` (midnight UTC).
    ///
    /// # Errors
    /// The text is no such time, or lies before the epoch.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let parsed = DateTime::parse_from_rfc3339(text)
            .map(|t| t.timestamp_micros())
            .ok()
            .or_else(|| {
                let bare = text.strip_suffix(['Z', 'z'])?;
                NaiveDateTime::parse_from_str(bare, "%Y-%m-%dT%H:%M")
                    .ok()
                    .map(|t| t.and_utc().timestamp_micros())
            })
            .or_else(|| {
                let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
                Some(day.and_hms_opt(0, 0, 0)?.and_utc().timestamp_micros())
            });
        match parsed {
            Some(t) if t >= 0 => Ok(Self(t)),
            Some(_) => Err(format!("`{text}` is before 1970")),
            None => Err(format!(
                "`{text}` is no UTC time; write it like 2014-12-22T15:00Z"
            )),
        }
    }

    /// The stamp in an archive's file names, `YYYYMMDD.HHMM`.
    ///
    /// # Errors
    /// None; the answer is empty where the text is no such stamp.
    pub(crate) fn parse_stamp(text: &str) -> Option<Self> {
        // The format below takes blanks and signs for nothing: a file of another name is another file.
        let is_digit = |(at, byte): (usize, u8)| at == 8 || byte.is_ascii_digit();
        if text.len() != 13 || !text.bytes().enumerate().all(is_digit) {
            return None;
        }
        let time = NaiveDateTime::parse_from_str(text, "%Y%m%d.%H%M").ok()?;
        Some(Self(time.and_utc().timestamp_micros()))
    }

    /// The instant as the archives stamp file names, `YYYYMMDD.HHMM`.
    pub fn stamp(self) -> String {
        self.format("%Y%m%d.%H%M")
    }

    /// The folder of the month, `YYYY.MM`.
    pub(crate) fn month(self) -> String {
        self.format("%Y.%m")
    }

    /// The instant with its microseconds, `2014-12-22T16:15:00.000000Z`.
    pub(crate) fn with_micros(self) -> String {
        self.format("%Y-%m-%dT%H:%M:%S%.6fZ")
    }

    /// The day and minute for people, `2014-12-22 16:15`.
    pub(crate) fn for_people(self) -> String {
        self.format("%Y-%m-%d %H:%M")
    }

    /// The start of the minute that holds the instant.
    pub const fn minute(self) -> Self {
        Self(self.0.div_euclid(MINUTE) * MINUTE)
    }

    fn format(self, pattern: &str) -> String {
        match DateTime::from_timestamp_micros(self.0) {
            Some(t) => t.format(pattern).to_string(),
            None => format!("{}us", self.0),
        }
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC; the fraction only where there is one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pattern = if self.0.rem_euclid(SECOND) == 0 {
            "%Y-%m-%dT%H:%M:%SZ"
        } else {
            "%Y-%m-%dT%H:%M:%S%.6fZ"
        };
        f.write_str(&self.format(pattern))
    }
}

impl Serialize for Timestamp {
    /// As text for people's formats, as its number for others.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match serializer.is_human_readable() {
            true => serializer.collect_str(self),
            false => self.0.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return i64::deserialize(deserializer).map(Self);
        }
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// The half-open span `[from, to)` that is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Window {
    /// First instant inside.
    pub from: Timestamp,
    /// First instant after.
    pub to: Timestamp,
}

impl Window {
    /// Starts of the minutes that the window touches, in order.
    pub fn minutes(self) -> impl Iterator<Item = Timestamp> {
        let first = self.from.minute().0;
        (0..self.minute_count()).map(move |i| Timestamp(first + i as i64 * MINUTE))
    }

    /// How many minutes the window touches.
    pub fn minute_count(self) -> usize {
        let span = self.to.0 - self.from.minute().0;
        usize::try_from((span + MINUTE - 1) / MINUTE).unwrap_or(0)
    }

    /// Which minute of the window holds the instant; instants before it belong to the first.
    pub(crate) fn minute_index(self, time: Timestamp) -> usize {
        usize::try_from((time.0 - self.from.minute().0) / MINUTE).unwrap_or(0)
    }
}

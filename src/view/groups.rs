//! `country` and `asns` read back: how many members of each group were visible, minute by minute.
//! Members are the prefixes of the baseline; what the unknown ones leave open is between the bounds.

use super::batches::{BatchReader, count, family};
use super::reader::ReadError;
use super::series::{MinuteSeries, push};
use crate::manifest::Manifest;
use crate::model::net::{Asn, Family};
use crate::model::visibility::Status;
use crate::write::tables::{asns, country};
use std::collections::BTreeMap;
use std::path::Path;

/// Which group of prefixes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GroupKey {
    /// The prefixes of the study's country.
    Country,
    /// The prefixes of an origin AS.
    Asn(Asn),
}

/// How many members of a group in one family were visible, minute by minute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupSeries {
    /// Which group it is.
    pub group: GroupKey,
    /// Its name as in the tables, without a family: `KP`, `AS131279`.
    pub entity: String,
    /// Address family of its prefixes; a group has a series for each.
    pub family: Family,
    /// Its state by minute.
    pub minutes: MinuteSeries<GroupState>,
}

impl GroupSeries {
    /// Its name for people: IPv4 is not named.
    pub(crate) fn name(&self) -> String {
        with_family(&self.entity, self.family)
    }
}

/// A group or prefix and its family, where that is not plain: `AS131279 IPv6`.
pub(crate) fn with_family(entity: &str, family: Family) -> String {
    match family {
        Family::V6 if !entity.contains(':') => format!("{entity} IPv6"),
        Family::V4 | Family::V6 => entity.to_owned(),
    }
}

/// A group at the end of a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupState {
    /// Its members.
    pub baseline: u32,
    /// Members that at least half of the known vantage ASes see.
    pub visible: u32,
    /// Members of which too few vantage ASes are known to say.
    pub unknown: u32,
    /// Prefixes that are visible and no members. They make up for no lost one.
    pub new: u32,
    /// How its members' /24s (IPv6: /48s) are reached.
    pub units: ReachedUnits,
    /// The status of the group as a whole; `None` without members.
    pub status: Option<Status>,
}

/// How the units (/24s, IPv6: /48s) of a group's members are reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReachedUnits {
    /// Units reached in the baseline.
    pub baseline: u64,
    /// Units reached by a route at least as long as in the baseline.
    pub direct: u64,
    /// Units reached by shorter routes only.
    pub covered: u64,
    /// Units reached by no route.
    pub none: u64,
    /// Units about which too little is known to say.
    pub unknown: u64,
}

impl GroupState {
    /// Visible members, the unknown ones counted as lost.
    pub const fn low(&self) -> u32 {
        self.visible
    }

    /// Visible members, the unknown ones counted as visible.
    pub const fn high(&self) -> u32 {
        self.visible + self.unknown
    }

    /// The share of members that is visible, at least and at most; nothing without members, and where
    /// too little is known for a status.
    pub(crate) fn shares(&self) -> Option<(f64, f64)> {
        let is_known = self.status.is_some_and(|status| status != Status::Unknown);
        let of_members = |n: u32| f64::from(n) / f64::from(self.baseline);
        (is_known && self.baseline > 0).then(|| (of_members(self.low()), of_members(self.high())))
    }
}

/// The country where the study names one, then the ASes. IPv4 before IPv6.
pub(super) fn read(dir: &Path, manifest: &Manifest) -> Result<Vec<GroupSeries>, ReadError> {
    let mut groups = Vec::new();
    if let Some(name) = manifest.study.selection.country.as_deref() {
        for ((_, family), minutes) in rows(dir, manifest, GroupTable::Country)? {
            groups.push(GroupSeries {
                group: GroupKey::Country,
                entity: name.to_owned(),
                family,
                minutes,
            });
        }
    }
    for ((asn, family), minutes) in rows(dir, manifest, GroupTable::Asns)? {
        groups.push(GroupSeries {
            group: GroupKey::Asn(asn),
            entity: format!("AS{asn}"),
            family,
            minutes,
        });
    }
    Ok(groups)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum GroupTable {
    Country,
    Asns,
}

/// By ASN (0 for a country) and family.
type GroupRows = BTreeMap<(Asn, Family), MinuteSeries<GroupState>>;

fn rows(dir: &Path, manifest: &Manifest, table: GroupTable) -> Result<GroupRows, ReadError> {
    let schema = match table {
        GroupTable::Country => &country::TABLE,
        GroupTable::Asns => &asns::TABLE,
    };
    let window = manifest.study.window;
    let mut groups = GroupRows::new();
    let mut reader = BatchReader::open(dir, manifest, schema, &[])?;
    while let Some(rows) = reader.next()? {
        let prefixes = [
            "prefixes_baseline",
            "prefixes_visible",
            "prefixes_unknown",
            "prefixes_new",
        ];
        let prefixes = prefixes.map(|name| reader.column(name));
        let units = [
            "units_baseline",
            "units_direct",
            "units_covered",
            "units_none",
            "units_unknown",
        ];
        let units = units.map(|name| reader.column(name));
        let [asn, minutes, families, statuses] =
            ["asn", "minute", "family", "status"].map(|name| reader.column(name));
        for row in 0..rows {
            let Some(time) = minutes.time(row) else {
                continue;
            };
            let [baseline, visible, unknown, new] = prefixes.map(|cells| count(cells, row));
            let [units_baseline, direct, covered, none, units_unknown] =
                units.map(|cells| count(cells, row));
            let status = statuses.text(row);
            let state = GroupState {
                baseline,
                visible,
                unknown,
                new,
                units: ReachedUnits {
                    baseline: units_baseline,
                    direct,
                    covered,
                    none,
                    unknown: units_unknown,
                },
                status: status.and_then(|s| Status::parse(&s)),
            };
            let key = (count(asn, row), family(families, row));
            let minute = window.minute_index(time) as u32;
            push(groups.entry(key).or_default(), minute, state);
        }
    }
    Ok(groups)
}

//! `country` and `asns` read back: how many prefixes of each group were visible, minute by minute,
//! and between which bounds if the unknown vantage ASes had been known.

use super::batches::{BatchReader, count, family};
use super::prefixes::MemberSeries;
use super::reader::ReadError;
use super::series::{MinuteSeries, push};
use crate::manifest::Manifest;
use crate::model::net::{Asn, Family, Prefix};
use crate::model::visibility::Status;
use crate::write::tables::{asns, country};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::path::Path;

/// Which group of prefixes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GroupKey {
    /// The prefixes of the study's country.
    Country,
    /// The prefixes of an origin AS.
    Asn(Asn),
    /// All watched prefixes; only where the study names no country.
    Watched,
}

/// How many prefixes of a group in one family were visible, minute by minute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupSeries {
    /// Which group it is.
    pub group: GroupKey,
    /// Its name as in the table `outages`: `KP`, `AS131279` or `AS131279 IPv6`; empty for all that
    /// is watched.
    pub entity: String,
    /// Address family of its prefixes; a group has a series for each.
    pub family: Family,
    /// Its state by minute.
    pub minutes: MinuteSeries<GroupState>,
}

/// A group at the end of a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupState {
    /// Prefixes visible in the baseline; `None` where that is unknown, and for all that is watched.
    pub baseline: Option<u32>,
    /// Prefixes that at least half of the known vantage ASes see.
    pub visible: u32,
    /// The same with every unknown vantage AS counted as not seeing.
    pub low: u32,
    /// The same with every unknown vantage AS counted as seeing.
    pub high: u32,
    /// Prefixes of which too few vantage ASes are known to say.
    pub unknown: u32,
    /// All prefixes of the group.
    pub members: u32,
    /// How its /24s (IPv6: /48s) are reached; `None` for all that is watched.
    pub units: Option<ReachedUnits>,
    /// The status of the group as a whole.
    pub status: Status,
}

/// How the units (/24s, IPv6: /48s) of a group are reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReachedUnits {
    /// Units reached in the baseline; `None` where that is unknown.
    pub baseline: Option<u64>,
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
    /// What `visible` is a share of: the baseline, or all members where there is no baseline. At
    /// least 1.
    pub(crate) fn denominator(&self) -> u32 {
        self.baseline
            .filter(|&n| n > 0)
            .unwrap_or(self.members)
            .max(1)
    }
}

/// The country, or all that is watched where the study names no country; then the ASes. IPv4 before
/// IPv6.
pub(super) fn read(
    dir: &Path,
    manifest: &Manifest,
    members: &[MemberSeries],
) -> Result<Vec<GroupSeries>, ReadError> {
    let prefixes = &manifest.prefixes;
    let mut groups = Vec::new();
    let by_family: FxHashMap<_, _> = Family::BOTH
        .into_iter()
        .map(|family| {
            let sums = MemberSums::of(prefixes, members, |p, _| p.family() == family);
            (family, sums)
        })
        .collect();
    match manifest.study.selection.country.as_deref() {
        Some(name) => {
            for ((_, family), minutes) in rows(dir, manifest, GroupTable::Country)? {
                if let Some(sums) = by_family.get(&family) {
                    let name = name.to_owned();
                    groups.push(series(GroupKey::Country, name, family, minutes, sums));
                }
            }
        }
        None => {
            let sums = Family::BOTH
                .into_iter()
                .filter_map(|family| Some((family, by_family.get(&family)?)));
            let sums = sums.filter(|(_, sums)| sums.members > 0);
            groups.extend(sums.map(|(family, sums)| GroupSeries {
                group: GroupKey::Watched,
                entity: String::new(),
                family,
                minutes: sums.states(),
            }));
        }
    }
    for ((asn, family), minutes) in rows(dir, manifest, GroupTable::Asns)? {
        let is_member = |p: Prefix, member: &MemberSeries| {
            p.family() == family && member.origins.contains(&asn)
        };
        let sums = MemberSums::of(prefixes, members, is_member);
        let name = format!("AS{asn}");
        groups.push(series(GroupKey::Asn(asn), name, family, minutes, &sums));
    }
    Ok(groups)
}

/// What the table says of a group in a minute.
#[derive(Clone, Copy, PartialEq, Eq)]
struct GroupRow {
    baseline: Option<u32>,
    visible: u32,
    units: ReachedUnits,
    status: Status,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum GroupTable {
    Country,
    Asns,
}

/// By ASN (0 for a country) and family.
type GroupRows = BTreeMap<(Asn, Family), MinuteSeries<GroupRow>>;

fn rows(dir: &Path, manifest: &Manifest, table: GroupTable) -> Result<GroupRows, ReadError> {
    let schema = match table {
        GroupTable::Country => &country::TABLE,
        GroupTable::Asns => &asns::TABLE,
    };
    let window = manifest.study.window;
    let mut groups = GroupRows::new();
    let mut reader = BatchReader::open(dir, manifest, schema, &[])?;
    while let Some(rows) = reader.next()? {
        let columns = [
            "asn",
            "prefixes_baseline",
            "prefixes_visible",
            "units_baseline",
            "units_direct",
            "units_covered",
            "units_none",
            "units_unknown",
        ];
        let [asn, baseline, visible, units @ ..] = columns.map(|name| reader.column(name));
        let [units_baseline, units @ ..] = units;
        let [minutes, families, statuses] =
            ["minute", "family", "status"].map(|name| reader.column(name));
        for row in 0..rows {
            let Some(time) = minutes.time(row) else {
                continue;
            };
            let minute = window.minute_index(time) as u32;
            let family = family(families, row);
            let [direct, covered, none, unknown] = units.map(|cells| count(cells, row));
            let status = statuses.text(row).and_then(|s| Status::parse(&s));
            let group_row = GroupRow {
                baseline: baseline.int(row).and_then(|n| u32::try_from(n).ok()),
                visible: count(visible, row),
                units: ReachedUnits {
                    baseline: units_baseline.int(row).and_then(|n| u64::try_from(n).ok()),
                    direct,
                    covered,
                    none,
                    unknown,
                },
                status: status.unwrap_or(Status::Unknown),
            };
            let key = (count(asn, row), family);
            push(groups.entry(key).or_default(), minute, group_row);
        }
    }
    Ok(groups)
}

/// A group's series from its table, with the bounds that its members leave open.
fn series(
    group: GroupKey,
    name: String,
    family: Family,
    rows: MinuteSeries<GroupRow>,
    sums: &MemberSums,
) -> GroupSeries {
    let mut minutes = Vec::new();
    for interval in rows {
        for minute in interval.first..interval.end {
            let sum = sums.at(minute);
            let row = interval.value;
            let most = sums.members.max(row.visible);
            let state = GroupState {
                baseline: row.baseline,
                visible: row.visible,
                low: row.visible.saturating_sub(sum.maybe_hidden),
                high: row.visible.saturating_add(sum.maybe_visible).min(most),
                unknown: sum.unknown,
                members: sums.members,
                units: Some(row.units),
                status: row.status,
            };
            push(&mut minutes, minute, state);
        }
    }
    GroupSeries {
        group,
        entity: match family {
            Family::V4 => name,
            Family::V6 => format!("{name} IPv6"),
        },
        family,
        minutes,
    }
}

/// The members of a group, summed minute by minute.
struct MemberSums {
    members: u32,
    /// As long as any member has minutes.
    minutes: Vec<MemberSum>,
}

/// How many members of a group are in which state.
#[derive(Debug, Clone, Copy, Default)]
struct MemberSum {
    visible: u32,
    /// Visible, but not if no unknown vantage AS sees them.
    maybe_hidden: u32,
    /// Not visible, but they would be if all unknown vantage ASes saw them.
    maybe_visible: u32,
    unknown: u32,
}

impl MemberSums {
    fn of(
        prefixes: &[Prefix],
        members: &[MemberSeries],
        is_member: impl Fn(Prefix, &MemberSeries) -> bool,
    ) -> Self {
        let mut sums = Self {
            members: 0,
            minutes: Vec::new(),
        };
        let all = prefixes.iter().zip(members);
        for (_, member) in all.filter(|(prefix, member)| is_member(**prefix, member)) {
            sums.members += 1;
            let end = member.minutes.last().map_or(0, |i| i.end as usize);
            if sums.minutes.len() < end {
                sums.minutes.resize(end, MemberSum::default());
            }
            for interval in &member.minutes {
                let state = interval.value;
                let minutes = interval.first as usize..interval.end as usize;
                for sum in sums.minutes.get_mut(minutes).into_iter().flatten() {
                    sum.visible += u32::from(state.is_visible);
                    sum.maybe_hidden += u32::from(state.is_visible && !state.is_visible_low);
                    sum.maybe_visible += u32::from(!state.is_visible && state.is_visible_high);
                    sum.unknown += u32::from(state.is_unknown);
                }
            }
        }
        sums
    }

    fn at(&self, minute: u32) -> MemberSum {
        self.minutes
            .get(minute as usize)
            .copied()
            .unwrap_or_default()
    }

    /// The members as a group of their own, for which there is no table.
    fn states(&self) -> MinuteSeries<GroupState> {
        let mut states = Vec::new();
        let mut was_visible = false;
        for (minute, sum) in (0u32..).zip(&self.minutes) {
            was_visible = was_visible || sum.visible > 0;
            let status = match (sum.unknown * 2 > self.members, was_visible) {
                (true, _) => Status::Unknown,
                (false, false) => Status::Unseen,
                (false, true) => Status::of(sum.visible, self.members),
            };
            let state = GroupState {
                baseline: None,
                visible: sum.visible,
                low: sum.visible - sum.maybe_hidden,
                high: sum.visible + sum.maybe_visible,
                unknown: sum.unknown,
                members: self.members,
                units: None,
                status,
            };
            push(&mut states, minute, state);
        }
        states
    }
}

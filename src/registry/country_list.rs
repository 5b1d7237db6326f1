//! A country's own list: what to watch in addition to the registries' statistics, what to leave out,
//! and what replaces statistics that are unavailable; each entry with its dates, reason and source.
//!
//! Lists are bundled from `data/countries/`; those in a folder that the user names go first.

use super::RegistryError;
use super::rir::Registry;
use crate::model::day::Day;
use crate::model::net::Prefix;
use crate::study::OptionalSpace;
use crate::watchlist::{ExtraReason, Membership, Reason, Resource, WatchItem};
use serde::Deserialize;
use std::sync::Arc;

/// The lists that come with the program.
const BUNDLED: [(&str, &str); 1] = [("KP", include_str!("../../data/countries/KP.toml"))];

/// A country's own list, parsed and checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CountryList {
    /// Watched although it is not registered to the country.
    additions: Vec<DatedEntry>,
    /// Not watched although it is registered to the country.
    removals: Vec<DatedEntry>,
    /// What each registry is known to have registered to the country; for want of its statistics.
    registered: Vec<(Registry, DatedEntry)>,
}

/// An entry and the days on which it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
struct DatedEntry {
    resource: Resource,
    /// First day; `None`: always before.
    from: Option<Day>,
    /// Last day; `None`: still.
    to: Option<Day>,
    reason: Arc<ExtraReason>,
}

impl DatedEntry {
    fn holds_on(&self, day: Day) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }

    fn item(&self) -> WatchItem {
        WatchItem {
            resource: self.resource,
            reason: Reason::Extra(Arc::clone(&self.reason)),
        }
    }
}

/// The text of the bundled list of a country; most countries have none.
pub fn bundled(country: &str) -> Option<&'static str> {
    let found = BUNDLED.iter().find(|(code, _)| *code == country);
    found.map(|(_, text)| *text)
}

impl CountryList {
    /// Parses the list of a country.
    ///
    /// # Errors
    /// It is no TOML of that form, is of another country, or an entry makes no sense.
    pub fn parse(text: &str, country: &str) -> Result<Self, RegistryError> {
        let wrong = |what: String| RegistryError::CountryList(what);
        let raw: CountryListFile =
            toml::from_str(text).map_err(|e| wrong(e.to_string().trim().to_owned()))?;
        if raw.country != country {
            return Err(wrong(format!(
                "it is of `{}`, not of `{country}`",
                raw.country
            )));
        }
        let entries = |raw: Vec<CountryListEntry>| -> Result<Vec<DatedEntry>, RegistryError> {
            let checked: Result<_, _> = raw.into_iter().map(CountryListEntry::check).collect();
            checked.map_err(wrong)
        };
        let registries = raw.registered.iter().map(|e| e.registry.as_deref());
        let registries = registries.map(|name| match name {
            Some(name) => Registry::parse(name).map_err(wrong),
            None => Err(wrong("`[[registered]]` without a `registry`".to_owned())),
        });
        let registries: Vec<Registry> = registries.collect::<Result<_, _>>()?;
        let misplaced = raw
            .add
            .iter()
            .chain(&raw.remove)
            .find(|e| e.registry.is_some());
        if let Some(entry) = misplaced {
            return Err(wrong(format!(
                "{}: `registry` belongs to `[[registered]]`",
                entry.resource
            )));
        }
        let list = Self {
            additions: entries(raw.add)?,
            removals: entries(raw.remove)?,
            registered: registries
                .into_iter()
                .zip(entries(raw.registered)?)
                .collect(),
        };
        let optional = |e: &&DatedEntry| e.reason.membership == Membership::Optional;
        let certain = list.registered.iter().map(|(_, entry)| entry);
        match list.removals.iter().chain(certain).find(optional) {
            Some(entry) => Err(wrong(format!(
                "{} is optional: only an addition can be",
                entry.resource
            ))),
            None => Ok(list),
        }
    }

    /// Whether a watch list cannot be made without the registries' statistics, because this list
    /// does not say what they registered to the country.
    pub(crate) const fn needs_statistics(&self) -> bool {
        self.registered.is_empty()
    }

    /// What is watched on a day: the registered resources without those removed, and the additions.
    /// Of a registered block that contains a removed one the remainder stays, as several blocks; a
    /// route to the whole block is then not watched. The list's own `[[registered]]` entries
    /// replace the statistics of registries that are `unavailable`.
    pub(crate) fn apply(
        &self,
        registered: Vec<WatchItem>,
        unavailable: &[Registry],
        day: Day,
        optional: OptionalSpace,
    ) -> Vec<WatchItem> {
        let mut items = registered;
        let replacements = self
            .registered
            .iter()
            .filter(|(of, _)| unavailable.contains(of));
        let replacements = replacements.filter(|(_, entry)| entry.holds_on(day));
        items.extend(replacements.map(|(_, entry)| entry.item()));
        for removal in self.removals.iter().filter(|e| e.holds_on(day)) {
            items = match removal.resource {
                Resource::Origin(_) => {
                    items.retain(|item| item.resource != removal.resource);
                    items
                }
                Resource::Block(removed) => {
                    items.iter().flat_map(|i| without(i, removed)).collect()
                }
            };
        }
        let wanted = |e: &&DatedEntry| match e.reason.membership {
            Membership::Certain => e.holds_on(day),
            Membership::Optional => e.holds_on(day) && optional == OptionalSpace::Included,
        };
        items.extend(self.additions.iter().filter(wanted).map(DatedEntry::item));
        items
    }
}

/// What is left of an item once a block is removed from it.
fn without(item: &WatchItem, removed: Prefix) -> Vec<WatchItem> {
    let Resource::Block(block) = item.resource else {
        return vec![item.clone()];
    };
    if removed.contains(block) {
        return Vec::new();
    }
    if !block.contains(removed) {
        return vec![item.clone()];
    }
    // For each bit by which the removed block is longer, the other half remains.
    let lengths = block.len() + 1..=removed.len();
    let halves = lengths.map(|len| {
        let other_half = removed.first() ^ (1 << (128 - u32::from(len)));
        Prefix::new(block.family(), other_half, len)
    });
    let remaining = |half| WatchItem {
        resource: Resource::Block(half),
        reason: item.reason.clone(),
    };
    halves.map(remaining).collect()
}

/// The TOML form of a list.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CountryListFile {
    country: String,
    #[serde(default)]
    registered: Vec<CountryListEntry>,
    #[serde(default)]
    add: Vec<CountryListEntry>,
    #[serde(default)]
    remove: Vec<CountryListEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CountryListEntry {
    resource: String,
    registry: Option<String>,
    from: Option<toml::value::Datetime>,
    to: Option<toml::value::Datetime>,
    why: String,
    source: String,
    #[serde(default)]
    optional: bool,
}

impl CountryListEntry {
    fn check(self) -> Result<DatedEntry, String> {
        let resource: Resource = self.resource.parse()?;
        let day = |day: Option<toml::value::Datetime>| {
            let day = day.map(|d| Day::parse(&d.to_string()));
            day.transpose().map_err(|e| format!("{resource}: {e}"))
        };
        let (from, to) = (day(self.from)?, day(self.to)?);
        if let (Some(from), Some(to)) = (from, to)
            && to < from
        {
            return Err(format!("{resource}: it ends on {to} and begins on {from}"));
        }
        if self.why.trim().is_empty() || self.source.trim().is_empty() {
            return Err(format!("{resource}: `why` and `source` must say something"));
        }
        let membership = match self.optional {
            true => Membership::Optional,
            false => Membership::Certain,
        };
        Ok(DatedEntry {
            resource,
            from,
            to,
            reason: Arc::new(ExtraReason {
                membership,
                why: self.why.trim().to_owned(),
                source: self.source.trim().to_owned(),
            }),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watchlist::StatisticsFile;
    use proptest::prelude::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    fn registered(resources: &[&str]) -> Vec<WatchItem> {
        let by = Arc::new(StatisticsFile {
            registry: "apnic".to_owned(),
            day: None,
            file: "a file".to_owned(),
        });
        let item = |text: &&str| WatchItem {
            resource: text.parse().unwrap(),
            reason: Reason::Registered {
                by: Arc::clone(&by),
                since: None,
            },
        };
        resources.iter().map(item).collect()
    }

    fn shown(items: &[WatchItem]) -> String {
        let shown = items
            .iter()
            .map(|i| format!("{} {}", i.resource, i.reason.label()));
        shown.collect::<Vec<_>>().join(", ")
    }

    const LIST: &str = "country = \"XX\"\n\
        [[registered]]\nresource = \"AS64502\"\nregistry = \"arin\"\nto = 2015-01-01\nwhy = \"i\"\nsource = \"j\"\n\
        [[add]]\nresource = \"10.1.0.0/16\"\nfrom = 2015-01-01\nto = 2015-12-31\nwhy = \"a\"\nsource = \"b\"\n\
        [[add]]\nresource = \"AS64500\"\noptional = true\nwhy = \"c\"\nsource = \"d\"\n\
        [[remove]]\nresource = \"10.0.2.0/24\"\nfrom = 2016-01-01\nwhy = \"e\"\nsource = \"f\"\n\
        [[remove]]\nresource = \"AS64501\"\nwhy = \"g\"\nsource = \"h\"\n";

    #[test]
    fn additions_and_removals_have_their_days() {
        let list = CountryList::parse(LIST, "XX").unwrap();
        let held = ["10.0.0.0/22", "10.0.2.128/25", "10.9.0.0/16", "AS64501"];
        let on = |on, optional| shown(&list.apply(registered(&held), &[], day(on), optional));
        let all = "10.0.0.0/22 registered apnic, 10.0.2.128/25 registered apnic, 10.9.0.0/16 registered apnic";
        assert_eq!(on("2014-12-31", OptionalSpace::Excluded), all);
        for inside in ["2015-01-01", "2015-12-31"] {
            assert_eq!(
                on(inside, OptionalSpace::Excluded),
                format!("{all}, 10.1.0.0/16 extra")
            );
        }
        assert_eq!(
            on("2016-01-01", OptionalSpace::Included),
            "10.0.0.0/23 registered apnic, 10.0.3.0/24 registered apnic, 10.9.0.0/16 registered apnic, AS64500 optional"
        );
        assert!(!list.needs_statistics() && CountryList::default().needs_statistics());
        let without = |registry, on| {
            shown(&list.apply(Vec::new(), &[registry], day(on), OptionalSpace::Excluded))
        };
        assert_eq!(without(Registry::Arin, "2014-12-31"), "AS64502 extra");
        assert_eq!(without(Registry::Arin, "2016-01-01"), "");
        assert_eq!(without(Registry::Apnic, "2014-12-31"), "");
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        for (from, to, said) in [
            ("\"XX\"", "\"YY\"", "it is of `YY`, not of `XX`"),
            ("[[add]]", "[[ad]]", "unknown field `ad`"),
            ("10.1.0.0/16", "10.1.0.0/33", "`10.1.0.0/33` is neither"),
            ("2015-12-31", "2014-12-31", "ends on 2014-12-31"),
            ("2015-12-31", "12:30:00", "`12:30:00` is no day"),
            ("why = \"a\"", "why = \" \"", "must say something"),
            ("\"arin\"", "\"ripe\"", "`ripe` is no registry"),
            (
                "source = \"h\"",
                "source = \"h\"\noptional = true",
                "only an addition",
            ),
            ("registry = \"arin\"\n", "", "without a `registry`"),
            (
                "source = \"h\"",
                "source = \"h\"\nregistry = \"arin\"",
                "belongs to `[[registered]]`",
            ),
        ] {
            assert!(LIST.contains(from));
            let error = CountryList::parse(&LIST.replacen(from, to, 1), "XX").unwrap_err();
            assert!(error.to_string().contains(said), "{said}: {error}");
        }
    }

    /// Every list in `data/countries` is bundled, can be parsed, and lists what it must.
    #[test]
    fn bundled_lists_are_complete() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/data/countries");
        let files = std::fs::read_dir(folder).unwrap();
        let mut names: Vec<String> = files
            .map(|f| f.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        let bundled_names: Vec<String> = BUNDLED.iter().map(|b| format!("{}.toml", b.0)).collect();
        assert_eq!(names, bundled_names);
        for (country, text) in BUNDLED {
            CountryList::parse(text, country).unwrap();
        }
        let list = CountryList::parse(bundled("KP").unwrap(), "KP").unwrap();
        let on = |on, unavailable: &[Registry], optional| {
            shown(&list.apply(Vec::new(), unavailable, day(on), optional))
        };
        let apnic = [Registry::Apnic];
        assert_eq!(on("2009-12-20", &apnic, OptionalSpace::Excluded), "");
        assert_eq!(on("2014-12-22", &[], OptionalSpace::Excluded), "");
        let known = "175.45.176.0/22 extra, AS131279 extra";
        assert_eq!(on("2014-12-22", &apnic, OptionalSpace::Excluded), known);
        assert_eq!(
            on("2014-12-22", &[], OptionalSpace::Included),
            "210.52.109.0/24 optional, 77.94.35.0/24 optional"
        );
    }

    proptest! {
        /// What remains and what was removed make up the block, and nothing overlaps.
        #[test]
        fn remainder_and_removed_make_up_the_block(bits: u128, len in 0u8..=32, more in 0u8..=32) {
            use crate::model::net::Family;
            let len_removed = (len + more).min(32);
            let block = Prefix::new(Family::V4, bits, len);
            let removed = Prefix::new(Family::V4, bits, len_removed);
            let item = WatchItem { resource: Resource::Block(block), reason: Reason::Asked };
            let mut parts: Vec<Prefix> = without(&item, removed)
                .iter()
                .map(|rest| match rest.resource {
                    Resource::Block(block) => block,
                    Resource::Origin(_) => unreachable!(),
                })
                .collect();
            parts.push(removed);
            parts.sort();
            let mut next = block.first();
            for part in parts {
                prop_assert_eq!(part.first(), next);
                next = part.last().wrapping_add(1);
            }
            prop_assert_eq!(next, block.last().wrapping_add(1));
        }
    }
}

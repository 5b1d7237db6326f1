//! A country's own list: what is watched beside what the registries' statistics say, what is not,
//! and what stands in for statistics that cannot be had; each with its dates, its reason and its
//! source.
//!
//! Lists are bundled from `data/countries/`; a folder of one's own goes before them.

use super::registry::Registry;
use super::{Addition, Reason, Resource, SelectError, Standing, WatchItem};
use crate::model::day::Day;
use crate::model::net::Prefix;
use serde::Deserialize;
use std::sync::Arc;

/// The lists that come with the program.
const BUNDLED: [(&str, &str); 1] = [("KP", include_str!("../../data/countries/KP.toml"))];

/// Whether what only may be part of the country is watched.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Doubtful {
    /// It is left out.
    #[default]
    LeftOut,
    /// It is watched, with the reason `optional`.
    Watched,
}

/// A country's own list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CountryList {
    /// What is watched beside what is registered.
    additions: Vec<Entry>,
    /// What is not watched although it is registered.
    removals: Vec<Entry>,
    /// All that registries are known to have given to the country, where that is known.
    registered: Vec<(Registry, Entry)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    resource: Resource,
    /// First day.
    from: Option<Day>,
    /// Last day.
    to: Option<Day>,
    addition: Arc<Addition>,
}

impl Entry {
    fn holds_on(&self, day: Day) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }

    fn item(&self) -> WatchItem {
        WatchItem {
            resource: self.resource,
            reason: Reason::Extra(Arc::clone(&self.addition)),
        }
    }
}

/// The list that comes with the program, as written; nothing for most countries.
pub fn bundled(country: &str) -> Option<&'static str> {
    let found = BUNDLED.iter().find(|(code, _)| *code == country);
    found.map(|(_, text)| *text)
}

impl CountryList {
    /// Reads the list of a country.
    ///
    /// # Errors
    /// It is no TOML of that form, is of another country, or an entry makes no sense.
    pub fn read(text: &str, country: &str) -> Result<Self, SelectError> {
        let wrong = |what: String| SelectError::CountryList(what);
        let raw: Raw = toml::from_str(text).map_err(|e| wrong(e.to_string().trim().to_owned()))?;
        if raw.country != country {
            return Err(wrong(format!(
                "it is of `{}`, not of `{country}`",
                raw.country
            )));
        }
        let entries = |raw: Vec<RawEntry>| -> Result<Vec<Entry>, SelectError> {
            let checked: Result<_, _> = raw.into_iter().map(RawEntry::check).collect();
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
        let optional = |e: &&Entry| e.addition.standing == Standing::Optional;
        let certain = list.registered.iter().map(|(_, entry)| entry);
        match list.removals.iter().chain(certain).find(optional) {
            Some(entry) => Err(wrong(format!(
                "{} is optional: only an addition can be",
                entry.resource
            ))),
            None => Ok(list),
        }
    }

    /// Whether the country cannot do without the registries' statistics: where its list does not
    /// say what they gave it.
    pub const fn needs_statistics(&self) -> bool {
        self.registered.is_empty()
    }

    /// What is watched on a day: the registered resources without what is removed, and the
    /// additions. Of a registered block that holds a removed one the rest stays, in pieces; a
    /// route to the whole of it is then not watched. For registries that are `lacking` the list
    /// stands in.
    pub fn apply(
        &self,
        registered: Vec<WatchItem>,
        lacking: &[Registry],
        day: Day,
        doubtful: Doubtful,
    ) -> Vec<WatchItem> {
        let mut items = registered;
        let stand_ins = self
            .registered
            .iter()
            .filter(|(of, _)| lacking.contains(of));
        let stand_ins = stand_ins.filter(|(_, entry)| entry.holds_on(day));
        items.extend(stand_ins.map(|(_, entry)| entry.item()));
        for removal in self.removals.iter().filter(|e| e.holds_on(day)) {
            items = match removal.resource {
                Resource::Origin(_) => {
                    items.retain(|item| item.resource != removal.resource);
                    items
                }
                Resource::Block(hole) => items.iter().flat_map(|i| pieces(i, hole)).collect(),
            };
        }
        let wanted = |e: &&Entry| match e.addition.standing {
            Standing::Certain => e.holds_on(day),
            Standing::Optional => e.holds_on(day) && doubtful == Doubtful::Watched,
        };
        items.extend(self.additions.iter().filter(wanted).map(Entry::item));
        items
    }
}

/// What is left of an item without a block.
fn pieces(item: &WatchItem, hole: Prefix) -> Vec<WatchItem> {
    let Resource::Block(block) = item.resource else {
        return vec![item.clone()];
    };
    if hole.contains(block) {
        return Vec::new();
    }
    if !block.contains(hole) {
        return vec![item.clone()];
    }
    // One piece for each bit by which the hole is longer: the other half.
    let lengths = block.len() + 1..=hole.len();
    let halves = lengths.map(|len| {
        let other_half = hole.first() ^ (1 << (128 - u32::from(len)));
        Prefix::new(block.family(), other_half, len)
    });
    let piece = |half| WatchItem {
        resource: Resource::Block(half),
        reason: item.reason.clone(),
    };
    halves.map(piece).collect()
}

/// A list as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    country: String,
    #[serde(default)]
    registered: Vec<RawEntry>,
    #[serde(default)]
    add: Vec<RawEntry>,
    #[serde(default)]
    remove: Vec<RawEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEntry {
    resource: String,
    registry: Option<String>,
    from: Option<toml::value::Datetime>,
    to: Option<toml::value::Datetime>,
    why: String,
    source: String,
    #[serde(default)]
    optional: bool,
}

impl RawEntry {
    fn check(self) -> Result<Entry, String> {
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
        let standing = match self.optional {
            true => Standing::Optional,
            false => Standing::Certain,
        };
        Ok(Entry {
            resource,
            from,
            to,
            addition: Arc::new(Addition {
                standing,
                why: self.why.trim().to_owned(),
                source: self.source.trim().to_owned(),
            }),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::select::Listing;
    use proptest::prelude::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    fn registered(resources: &[&str]) -> Vec<WatchItem> {
        let by = Arc::new(Listing {
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
        let list = CountryList::read(LIST, "XX").unwrap();
        let held = ["10.0.0.0/22", "10.0.2.128/25", "10.9.0.0/16", "AS64501"];
        let on = |on, doubtful| shown(&list.apply(registered(&held), &[], day(on), doubtful));
        let all = "10.0.0.0/22 registered apnic, 10.0.2.128/25 registered apnic, 10.9.0.0/16 registered apnic";
        assert_eq!(on("2014-12-31", Doubtful::LeftOut), all);
        for inside in ["2015-01-01", "2015-12-31"] {
            assert_eq!(
                on(inside, Doubtful::LeftOut),
                format!("{all}, 10.1.0.0/16 extra")
            );
        }
        assert_eq!(
            on("2016-01-01", Doubtful::Watched),
            "10.0.0.0/23 registered apnic, 10.0.3.0/24 registered apnic, 10.9.0.0/16 registered apnic, AS64500 optional"
        );
        assert!(!list.needs_statistics() && CountryList::default().needs_statistics());
        let without =
            |registry, on| shown(&list.apply(Vec::new(), &[registry], day(on), Doubtful::LeftOut));
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
            let error = CountryList::read(&LIST.replacen(from, to, 1), "XX").unwrap_err();
            assert!(error.to_string().contains(said), "{said}: {error}");
        }
    }

    /// The bundled lists are all there are, can be read, and hold what they must.
    #[test]
    fn bundled_lists_are_whole() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/data/countries");
        let files = std::fs::read_dir(folder).unwrap();
        let mut names: Vec<String> = files
            .map(|f| f.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        let bundled_names: Vec<String> = BUNDLED.iter().map(|b| format!("{}.toml", b.0)).collect();
        assert_eq!(names, bundled_names);
        for (country, text) in BUNDLED {
            CountryList::read(text, country).unwrap();
        }
        let list = CountryList::read(bundled("KP").unwrap(), "KP").unwrap();
        let on = |on, lacking: &[Registry], doubtful| {
            shown(&list.apply(Vec::new(), lacking, day(on), doubtful))
        };
        let apnic = [Registry::Apnic];
        assert_eq!(on("2009-12-20", &apnic, Doubtful::LeftOut), "");
        assert_eq!(on("2014-12-22", &[], Doubtful::LeftOut), "");
        let known = "175.45.176.0/22 extra, AS131279 extra";
        assert_eq!(on("2014-12-22", &apnic, Doubtful::LeftOut), known);
        assert_eq!(
            on("2014-12-22", &[], Doubtful::Watched),
            "210.52.109.0/24 optional, 77.94.35.0/24 optional"
        );
    }

    proptest! {
        /// A block without a hole: the pieces and the hole make up the block, and none overlap.
        #[test]
        fn pieces_and_hole_make_up_the_block(bits: u128, len in 0u8..=32, more in 0u8..=32) {
            use crate::model::net::Family;
            let len_of_hole = (len + more).min(32);
            let block = Prefix::new(Family::V4, bits, len);
            let hole = Prefix::new(Family::V4, bits, len_of_hole);
            let item = WatchItem { resource: Resource::Block(block), reason: Reason::Asked };
            let mut parts: Vec<Prefix> = pieces(&item, hole)
                .iter()
                .map(|piece| match piece.resource {
                    Resource::Block(block) => block,
                    Resource::Origin(_) => unreachable!(),
                })
                .collect();
            parts.push(hole);
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

//! The watched space, cut into groups of units that are covered by the same routes. Units are never
//! listed one by one: an IPv6 /20 holds 268 million of them.

use crate::model::net::{Family, Prefix};

/// The watched space: address blocks, and prefixes that are watched for their origin.
#[derive(Debug, Clone, Default)]
pub(crate) struct WatchedSpace {
    /// Sorted; one may lie inside another.
    sorted: Vec<Prefix>,
}

impl WatchedSpace {
    /// The space of all watched blocks, and of the prefixes outside of them that are watched for
    /// their origin. A block smaller than a unit is a unit of its own. A prefix longer than a unit,
    /// such as a blackhole, is no part of the space.
    pub(crate) fn new(
        blocks: impl Iterator<Item = Prefix>,
        by_origin: impl Iterator<Item = Prefix>,
    ) -> Self {
        let by_origin = by_origin.filter(|p| p.len() <= p.family().unit_len());
        let mut sorted: Vec<Prefix> = blocks.chain(by_origin).collect();
        sorted.sort_unstable();
        sorted.dedup();
        Self { sorted }
    }

    /// How many units the whole space of a family has.
    pub(crate) fn units(&self, family: Family) -> u64 {
        unit_count(self.sorted.iter().filter(|p| p.family() == family).copied())
    }

    /// The watched blocks and prefixes equal to a prefix or inside it.
    fn inside(&self, prefix: Prefix) -> &[Prefix] {
        let from = self.sorted.partition_point(|m| *m < prefix);
        let count = self.sorted[from..].partition_point(|m| prefix.contains(*m));
        &self.sorted[from..from + count]
    }

    /// Length of the longest watched block or prefix that holds `prefix` and is not `prefix`
    /// itself.
    fn around(&self, prefix: Prefix) -> Option<u8> {
        let mut lengths = (0..prefix.len()).rev();
        lengths.find(|&len| {
            let outer = Prefix::new(prefix.family(), prefix.first(), len);
            self.sorted.binary_search(&outer).is_ok()
        })
    }
}

/// How many units (/24s, IPv6 /48s) sorted prefixes of one family hold together: a prefix inside
/// another adds nothing.
pub(crate) fn unit_count(sorted: impl Iterator<Item = Prefix>) -> u64 {
    let mut outer: Option<Prefix> = None;
    let mut total = 0;
    for prefix in sorted {
        if !outer.is_some_and(|outer| outer.contains(prefix)) {
            outer = Some(prefix);
            total += units(prefix);
        }
    }
    total
}

/// How many units a prefix holds; one for a prefix smaller than a unit.
fn units(prefix: Prefix) -> u64 {
    1 << prefix.family().unit_len().saturating_sub(prefix.len())
}

/// Units that are covered by the same routes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitGroup {
    /// How many units.
    pub units: u64,
    /// The routes that hold them, shortest first, as indices of the list given to [`unit_groups`].
    pub covering_routes: Vec<usize>,
    /// Length of the longest watched block, or else prefix, that holds them.
    pub watched_len: u8,
}

/// Cuts the watched space under some routes into groups of units. `routes` are sorted: a route, and
/// routes inside it.
pub(crate) fn unit_groups(routes: &[Prefix], space: &WatchedSpace) -> Vec<UnitGroup> {
    let Some(&root) = routes.first() else {
        return Vec::new();
    };
    let mut watched_left = space.inside(root);
    let mut around = space.around(root);
    // The route lies inside a watched block smaller than a unit: it does not reach all of that
    // unit.
    if around.is_some_and(|len| len > root.family().unit_len()) {
        around = None;
        watched_left = &[];
    }
    let mut sweep = Sweep {
        around,
        open: Vec::new(),
        unit_groups: Vec::new(),
    };
    let mut routes = routes.iter().copied().enumerate().peekable();
    loop {
        let route = routes.peek().map(|r| r.1);
        let Some(prefix) = route.into_iter().chain(watched_left.first().copied()).min() else {
            break;
        };
        let route = routes.next_if(|r| r.1 == prefix).map(|r| r.0);
        let is_watched = watched_left.first() == Some(&prefix);
        watched_left = &watched_left[usize::from(is_watched)..];
        sweep.enter(prefix, route, is_watched);
    }
    while sweep.leave() {}
    sweep.unit_groups
}

/// A walk through nested prefixes in sorted order.
struct Sweep {
    /// Length of the watched block around all of them.
    around: Option<u8>,
    open: Vec<OpenPrefix>,
    unit_groups: Vec<UnitGroup>,
}

/// A prefix that holds the current position of the walk.
struct OpenPrefix {
    prefix: Prefix,
    /// Its index, where it is a route.
    route: Option<usize>,
    /// Length of the longest watched block or prefix that holds it; nothing where none does.
    watched_len: Option<u8>,
    /// Units inside it that no prefix inside it holds.
    own: u64,
}

impl Sweep {
    fn enter(&mut self, prefix: Prefix, route: Option<usize>, is_watched: bool) {
        while self.open.last().is_some_and(|o| !o.prefix.contains(prefix)) {
            self.leave();
        }
        let outer = self.open.last_mut();
        let around = outer.as_ref().map_or(self.around, |o| o.watched_len);
        let is_small = prefix.len() > prefix.family().unit_len();
        if is_small && around.is_some() {
            // Part of a unit: it does not reach all of that unit.
            return;
        }
        let watched_len = if is_watched {
            Some(prefix.len())
        } else {
            around
        };
        let own = watched_len.map_or(0, |_| units(prefix));
        if let Some(outer) = outer
            && around.is_some()
        {
            outer.own -= own;
        }
        self.open.push(OpenPrefix {
            prefix,
            route,
            watched_len,
            own,
        });
    }

    /// Leaves the innermost prefix; false where none is open.
    fn leave(&mut self) -> bool {
        let covering_routes = || self.open.iter().filter_map(|o| o.route).collect();
        if let Some(&OpenPrefix {
            own,
            watched_len: Some(watched_len),
            ..
        }) = self.open.last()
            && own > 0
        {
            self.unit_groups.push(UnitGroup {
                units: own,
                covering_routes: covering_routes(),
                watched_len,
            });
        }
        self.open.pop().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::{UnitGroup, WatchedSpace, unit_groups};
    use crate::model::net::{Family, Prefix};

    fn list(texts: &[&str]) -> Vec<Prefix> {
        let mut list: Vec<Prefix> = texts.iter().map(|t| t.parse().unwrap()).collect();
        list.sort();
        list
    }

    /// `units: routes shortest first, length of the watched block`.
    fn laid_out(routes: &[&str], blocks: &[&str], by_origin: &[&str]) -> Vec<String> {
        let routes = list(routes);
        let space = WatchedSpace::new(list(blocks).into_iter(), list(by_origin).into_iter());
        let text = |p: &UnitGroup| {
            let covering_routes: Vec<String> = p
                .covering_routes
                .iter()
                .map(|&r| routes[r].to_string())
                .collect();
            format!(
                "{}: {} /{}",
                p.units,
                covering_routes.join(" "),
                p.watched_len
            )
        };
        unit_groups(&routes, &space).iter().map(text).collect()
    }

    #[test]
    fn units_are_held_by_their_longest_routes() {
        let routes = ["10.0.0.0/21", "10.0.0.0/22", "10.0.1.0/24", "10.0.1.128/25"];
        assert_eq!(
            laid_out(&routes, &["10.0.0.0/22"], &[]),
            [
                "1: 10.0.0.0/21 10.0.0.0/22 10.0.1.0/24 /22",
                "3: 10.0.0.0/21 10.0.0.0/22 /22"
            ]
        );
        assert_eq!(
            laid_out(&routes, &[], &["10.0.1.0/24", "10.0.1.128/25"]),
            ["1: 10.0.0.0/21 10.0.0.0/22 10.0.1.0/24 /24"]
        );
        assert_eq!(laid_out(&["10.0.0.0/21"], &["10.1.0.0/16"], &[]), [""; 0]);
    }

    #[test]
    fn a_smaller_block_is_its_own_unit() {
        let routes = ["10.0.0.0/23", "10.0.0.0/24", "10.0.0.0/25", "10.0.0.0/26"];
        assert_eq!(
            laid_out(&routes, &["10.0.0.0/25", "10.0.1.0/26"], &[]),
            [
                "1: 10.0.0.0/23 10.0.0.0/24 10.0.0.0/25 /25",
                "1: 10.0.0.0/23 /26"
            ]
        );
        // Inside a whole unit it is none.
        let blocks = ["10.0.0.0/24", "10.0.0.0/26"];
        assert_eq!(
            laid_out(&routes, &blocks, &[]),
            ["1: 10.0.0.0/23 10.0.0.0/24 /24"]
        );
        assert_eq!(laid_out(&["10.0.0.0/26"], &["10.0.0.0/25"], &[]), [""; 0]);
    }

    #[test]
    fn a_space_of_any_size() {
        let all = WatchedSpace::new(
            list(&["::/0", "0.0.0.0/0", "10.0.0.0/25"]).into_iter(),
            [].into_iter(),
        );
        assert_eq!(all.units(Family::V4), 1 << 24);
        assert_eq!(all.units(Family::V6), 1 << 48);
        let routes = ["2600::/20", "2600:0:1::/48"];
        assert_eq!(
            laid_out(&routes, &["::/0"], &[]),
            ["1: 2600::/20 2600:0:1::/48 /0", "268435455: 2600::/20 /0"]
        );
    }
}

//! Where the units lie: the watched space, cut into pieces whose units are all held by the same
//! routes. Nothing is ever listed unit by unit: an IPv6 /20 holds 268 million of them.

use crate::model::net::{Family, Prefix};

/// The watched space: address blocks, and prefixes that are watched for their origin.
#[derive(Debug, Clone, Default)]
pub struct Marks {
    /// Sorted; one may lie inside another.
    sorted: Vec<Prefix>,
}

impl Marks {
    /// Of all blocks, and of the prefixes outside of them that are watched for their origin. A
    /// block smaller than a unit is a unit of its own; a longer prefix, such as a blackhole, is
    /// none.
    pub fn new(
        blocks: impl Iterator<Item = Prefix>,
        by_origin: impl Iterator<Item = Prefix>,
    ) -> Self {
        let by_origin = by_origin.filter(|p| p.len() <= p.family().unit_len());
        let mut sorted: Vec<Prefix> = blocks.chain(by_origin).collect();
        sorted.sort_unstable();
        sorted.dedup();
        Self { sorted }
    }

    /// Units of the whole space of a family.
    pub fn units(&self, family: Family) -> u64 {
        let mut outer: Option<Prefix> = None;
        let mut total = 0;
        for &mark in self.sorted.iter().filter(|m| m.family() == family) {
            if !outer.is_some_and(|outer| outer.contains(mark)) {
                outer = Some(mark);
                total += units(mark);
            }
        }
        total
    }

    /// Those equal to a prefix or inside it.
    fn inside(&self, prefix: Prefix) -> &[Prefix] {
        let from = self.sorted.partition_point(|m| *m < prefix);
        let count = self.sorted[from..].partition_point(|m| prefix.contains(*m));
        &self.sorted[from..from + count]
    }

    /// Length of the longest that holds a prefix and is not the prefix itself.
    fn around(&self, prefix: Prefix) -> Option<u8> {
        let mut lengths = (0..prefix.len()).rev();
        lengths.find(|&len| {
            let outer = Prefix::new(prefix.family(), prefix.first(), len);
            self.sorted.binary_search(&outer).is_ok()
        })
    }
}

/// How many units a prefix holds; what is smaller than a unit is one.
fn units(prefix: Prefix) -> u64 {
    1 << prefix.family().unit_len().saturating_sub(prefix.len())
}

/// Units that are held by the same routes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plot {
    /// How many.
    pub units: u64,
    /// The routes that hold them, as places in the list that was laid out, shortest first.
    pub chain: Vec<usize>,
    /// Length of the longest watched block, or else prefix, that holds them.
    pub watched_len: u8,
}

/// Cuts up the watched space that lies under `routes`: a route and routes inside it, sorted.
pub fn plots(routes: &[Prefix], marks: &Marks) -> Vec<Plot> {
    let Some(&root) = routes.first() else {
        return Vec::new();
    };
    let mut marks_left = marks.inside(root);
    let mut around = marks.around(root);
    // A block smaller than a unit around the route: the unit has parts that the route leaves out.
    if around.is_some_and(|len| len > root.family().unit_len()) {
        around = None;
        marks_left = &[];
    }
    let mut sweep = Sweep {
        around,
        open: Vec::new(),
        plots: Vec::new(),
    };
    let mut routes = routes.iter().copied().enumerate().peekable();
    loop {
        let route = routes.peek().map(|r| r.1);
        let Some(prefix) = route.into_iter().chain(marks_left.first().copied()).min() else {
            break;
        };
        let place = routes.next_if(|r| r.1 == prefix).map(|r| r.0);
        let is_mark = marks_left.first() == Some(&prefix);
        marks_left = &marks_left[usize::from(is_mark)..];
        sweep.enter(prefix, place, is_mark);
    }
    while sweep.leave() {}
    sweep.plots
}

/// On the way through nested prefixes.
struct Sweep {
    around: Option<u8>,
    open: Vec<Open>,
    plots: Vec<Plot>,
}

struct Open {
    prefix: Prefix,
    route: Option<usize>,
    /// Where it is watched: by the longest mark that holds it.
    watched_len: Option<u8>,
    /// Units that nothing inside it holds, too.
    own: u64,
}

impl Sweep {
    fn enter(&mut self, prefix: Prefix, route: Option<usize>, is_mark: bool) {
        while self.open.last().is_some_and(|o| !o.prefix.contains(prefix)) {
            self.leave();
        }
        let outer = self.open.last_mut();
        let around = outer.as_ref().map_or(self.around, |o| o.watched_len);
        let is_small = prefix.len() > prefix.family().unit_len();
        if is_small && around.is_some() {
            // Part of a unit: it does not reach the whole.
            return;
        }
        let watched_len = if is_mark { Some(prefix.len()) } else { around };
        let own = watched_len.map_or(0, |_| units(prefix));
        if let Some(outer) = outer
            && around.is_some()
        {
            outer.own -= own;
        }
        self.open.push(Open {
            prefix,
            route,
            watched_len,
            own,
        });
    }

    /// Leaves the innermost prefix; false where none is open.
    fn leave(&mut self) -> bool {
        let chain = || self.open.iter().filter_map(|o| o.route).collect();
        if let Some(&Open {
            own,
            watched_len: Some(watched_len),
            ..
        }) = self.open.last()
            && own > 0
        {
            self.plots.push(Plot {
                units: own,
                chain: chain(),
                watched_len,
            });
        }
        self.open.pop().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::{Marks, Plot, plots};
    use crate::model::net::{Family, Prefix};

    fn list(texts: &[&str]) -> Vec<Prefix> {
        let mut list: Vec<Prefix> = texts.iter().map(|t| t.parse().unwrap()).collect();
        list.sort();
        list
    }

    /// `units: routes shortest first, length of the watched block`.
    fn laid_out(routes: &[&str], blocks: &[&str], by_origin: &[&str]) -> Vec<String> {
        let routes = list(routes);
        let marks = Marks::new(list(blocks).into_iter(), list(by_origin).into_iter());
        let text = |p: &Plot| {
            let chain: Vec<String> = p.chain.iter().map(|&r| routes[r].to_string()).collect();
            format!("{}: {} /{}", p.units, chain.join(" "), p.watched_len)
        };
        plots(&routes, &marks).iter().map(text).collect()
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
        let all = Marks::new(
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

//! Who lost a prefix, and when it had it back.

use super::Outage;
use crate::model::net::{Asn, Prefix};
use crate::replay::History;
use crate::tally::Lookup;
use crate::tally::vantage::{Roster, Vote, Votes};

/// What an outage took, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// What.
    pub what: Lost,
    /// When it was lost: before the outage's start, where it was among the first.
    pub lost: i64,
    /// When it was back for good, as far as the window tells.
    pub back: Option<i64>,
}

/// What was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lost {
    /// A vantage AS no longer saw the prefix.
    Vantage(Asn),
    /// A prefix could no longer be seen by half.
    Prefix(Prefix),
}

impl std::fmt::Display for Lost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Vantage(asn) => asn.fmt(f),
            Self::Prefix(prefix) => prefix.fmt(f),
        }
    }
}

/// A stretch in which a vantage AS, by its place, did not see what it had seen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Absence {
    vantage: u32,
    from: i64,
    to: Option<i64>,
}

/// Every such stretch, by start.
pub(super) fn absences(prefix: Prefix, history: &History, lookup: Lookup<'_>) -> Vec<Absence> {
    /// What a vantage AS last said for certain, and the stretch that is open.
    #[derive(Clone, Default)]
    struct Last {
        saw: bool,
        open: Option<usize>,
    }
    let roster = lookup.roster;
    let family = prefix.family();
    let mut votes = Votes::new(roster, lookup.next, family, history);
    let mut found: Vec<Absence> = Vec::new();
    let mut last = vec![Last::default(); roster.vantages()];
    let mut look = |vantage: u32, vote: Vote, time: i64| {
        let last = &mut last[vantage as usize];
        match vote {
            Vote::Sees => {
                if let Some(open) = last.open.take() {
                    let absence: &mut Absence = &mut found[open];
                    absence.to = Some(time);
                }
                last.saw = true;
            }
            Vote::DoesNot => {
                if last.saw && last.open.is_none() {
                    last.open = Some(found.len());
                    found.push(Absence {
                        vantage,
                        from: time,
                        to: None,
                    });
                }
            }
            // Nobody can say: what was last known stands.
            Vote::Unknown => {}
        }
    };
    for vantage in 0..roster.vantages() as u32 {
        look(vantage, votes.of(vantage), i64::MIN);
    }
    let mut joins = roster.joins(family);
    let mut changes = history.changes.as_slice();
    loop {
        let times = [
            joins.first().map(|j| j.time),
            changes.first().map(|c| c.time),
        ];
        let Some(time) = times.into_iter().flatten().min() else {
            break;
        };
        let n = joins.iter().take_while(|j| j.time == time).count();
        let (joining, later) = joins.split_at(n);
        joins = later;
        let n = changes.iter().take_while(|c| c.time == time).count();
        let (changing, later) = changes.split_at(n);
        changes = later;
        joining.iter().for_each(|j| votes.join(j));
        changing.iter().for_each(|c| votes.change(c));
        let spoke = joining.iter().map(|j| j.peer);
        for peer in spoke.chain(changing.iter().map(|c| c.peer)) {
            let vantage = roster.vantage()[peer as usize];
            look(vantage, votes.of(vantage), time);
        }
    }
    found
}

/// The vantage ASes that an outage took, in the order in which it took them.
pub(super) fn vantages(outage: &Outage, absences: &[Absence], roster: &Roster) -> Vec<Loss> {
    let mut losses: Vec<Loss> = Vec::new();
    for absence in absences {
        if !outage.overlaps(absence.from, absence.to) {
            continue;
        }
        let what = Lost::Vantage(roster.asn(absence.vantage));
        match losses.iter_mut().find(|l| l.what == what) {
            // It flapped: the first loss and the last return count.
            Some(loss) => loss.back = absence.to,
            None => losses.push(Loss {
                what,
                lost: absence.from,
                back: absence.to,
            }),
        }
    }
    in_order(losses)
}

/// By time of loss, at one instant by name.
pub(super) fn in_order(mut losses: Vec<Loss>) -> Vec<Loss> {
    losses.sort_by_key(|l| (l.lost, l.what));
    losses
}

/// What was lost first, or last: all that was lost at that instant, ascending.
pub fn edge(losses: &[Loss], is_last: bool) -> impl Iterator<Item = Lost> + '_ {
    let at = if is_last {
        losses.last()
    } else {
        losses.first()
    };
    let at = at.map(|l| l.lost);
    let there = losses.iter().filter(move |l| Some(l.lost) == at);
    there.map(|l| l.what)
}

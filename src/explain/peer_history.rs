//! The history of one prefix at one peer: from its presence back to what caused it.

use super::evidence::{Evidence, EvidenceKind};
use crate::model::archive::Ending;
use crate::model::net::{Family, Prefix};
use crate::model::peer::{PeerId, Session};
use crate::model::route::{Cause, Change, FileId, NONE, Presence, RouteAction};
use crate::model::time::{SECOND, Timestamp};
use crate::pipeline::Replayed;
use crate::replay::Observation;
use crate::replay::input::{CollectorData, Role};
use crate::replay::session::{RibCoverage, SETTLE, SessionStep, SessionTimeline, Step};

/// The changes of a prefix at a peer before an instant, with what caused them.
pub(super) struct PeerHistory<'a> {
    run: &'a Replayed,
    pub prefix: Prefix,
    pub peer: PeerId,
    /// What was observed of the prefix at the peer, RIBs included.
    observations: Vec<&'a Observation>,
    /// Its changes before the instant, in order.
    pub changes: Vec<Change>,
    before: Timestamp,
}

impl<'a> PeerHistory<'a> {
    pub(crate) fn new(
        run: &'a Replayed,
        prefix: Prefix,
        peer: PeerId,
        observations: &'a [Observation],
        before: Timestamp,
    ) -> Self {
        Self {
            run,
            prefix,
            peer,
            observations: observations.iter().filter(|w| w.peer == peer).collect(),
            changes: Vec::new(),
            before,
        }
    }

    fn family(&self) -> Family {
        self.prefix.family()
    }

    fn session(&self) -> Session {
        self.run.reports[self.peer as usize].peer.session
    }

    fn timeline(&self) -> &'a SessionTimeline {
        &self.run.timelines[self.peer as usize]
    }

    fn data(&self) -> Option<&'a CollectorData> {
        let collector = &self.run.reports[self.peer as usize].peer.collector;
        self.run
            .collectors
            .iter()
            .find(|r| r.collector == *collector)
    }

    /// What made the presence what it was, then what that rests on.
    pub(crate) fn evidence(&self, presence: Presence) -> Vec<Evidence> {
        let mut found = Vec::new();
        let since = self.presence(self.changes.len(), &mut found);
        if presence == Presence::Unknown {
            // It was unknown already: what else happened to the session since.
            let later = self.steps().rfind(|s| {
                let is_loss = !matches!(
                    s.step,
                    Step::Settle(_) | Step::Rib { .. } | Step::SilenceEnds
                );
                is_loss && s.order.time > since
            });
            found.extend(later.map(|step| self.of_step(step)));
        }
        found
    }

    /// What brought the path in use, where that is later than the presence.
    pub(crate) fn path_evidence(&self, presence: Presence) -> Option<Evidence> {
        if presence != Presence::Present {
            return None;
        }
        let change = self.changes.iter().rfind(|c| c.is_transition())?;
        (change.from == change.to).then(|| self.of_change(change))
    }

    /// Steps of the session before the instant.
    fn steps(&self) -> impl DoubleEndedIterator<Item = &'a SessionStep> {
        let before = self.before.0;
        let steps = self.timeline().steps.iter();
        steps.filter(move |s| s.order.time < before)
    }

    /// Finds the latest change of presence among the first `changes` changes, and what it rests on.
    /// Returns its time, in microseconds; the earliest possible where there was no change.
    fn presence(&self, changes: usize, found: &mut Vec<Evidence>) -> i64 {
        let changes = &self.changes[..changes];
        let Some(at) = changes.iter().rposition(|c| c.from != c.to) else {
            found.push(self.start());
            return i64::MIN;
        };
        let change = &changes[at];
        found.push(self.of_change(change));
        match (change.cause, change.to) {
            (Cause::Settle, _) => {
                let start = self.settled(change.time.0);
                let started = start.as_ref().and_then(|e| e.time);
                found.extend(start);
                // And the loss before that start.
                let lost = changes[..at].iter().rfind(|c| c.from != c.to);
                let lost = lost.filter(|c| started.is_some_and(|t| c.time < t));
                found.extend(lost.map(|c| self.of_change(c)));
            }
            (Cause::Silence, Presence::Present | Presence::Absent) => {
                // What was known before the silence is known again.
                let silent = |c: &Change| c.cause == Cause::Silence && c.to == Presence::Unknown;
                match changes[..at].iter().rposition(silent) {
                    Some(silent) => {
                        self.presence(silent, found);
                    }
                    None => found.extend(self.settled_in_silence(change.time.0)),
                }
            }
            _ => {}
        }
        change.time.0
    }

    /// The session start after which the table had settled at an instant.
    fn settled(&self, time: i64) -> Option<Evidence> {
        let steps: Vec<&SessionStep> = self.steps().filter(|s| s.order.time <= time).collect();
        let is_it =
            |s: &&SessionStep| s.order.time == time && s.step == Step::Settle(self.family());
        let at = steps.iter().rposition(is_it)?;
        let start = steps[..at].iter().rfind(|s| s.step == Step::Up)?;
        Some(self.of_step(start))
    }

    /// Where the table settled while the peer was silent: the settling, and the session start before.
    fn settled_in_silence(&self, time: i64) -> Vec<Evidence> {
        let is_it = |s: &&SessionStep| s.order.time < time && s.step == Step::Settle(self.family());
        match self.steps().rfind(is_it) {
            Some(step) => {
                let start = self.settled(step.order.time);
                std::iter::once(self.of_step(step)).chain(start).collect()
            }
            None => Vec::new(),
        }
    }

    /// What the replay of the peer starts from: the RIB's entry, a RIB without it, or no RIB.
    fn start(&self) -> Evidence {
        let timeline = self.timeline();
        let family = self.family();
        let Some(rib) = self.run.file(timeline.start_rib) else {
            return Evidence::note(
                EvidenceKind::NotObserved,
                "no RIB before the window lists the peer, and it had neither announced nor withdrawn the prefix",
            );
        };
        let listed = |w: &&&Observation| {
            w.order.file == timeline.start_rib && matches!(w.action, RouteAction::Listed { .. })
        };
        if let Some(observation) = self.observations.iter().find(listed) {
            return Evidence {
                time: rib.span().map(|(first, _)| first),
                ..Evidence::at(
                    EvidenceKind::StartRib,
                    timeline.start_rib,
                    observation.order.offset,
                )
            };
        }
        let report = &self.run.reports[self.peer as usize].families[family.index()];
        let table = report.table.unwrap_or(0);
        let v = family.label();
        let (kind, note) = match timeline.start_coverage[family.index()] {
            RibCoverage::Complete => (
                EvidenceKind::StartRib,
                format!("it lists the peer with {table} IPv{v} prefixes, but not this one"),
            ),
            RibCoverage::Partial => (
                EvidenceKind::NotObserved,
                "the RIB is cut short or damaged, so a prefix that it does not list is unknown"
                    .to_owned(),
            ),
            RibCoverage::Unlisted => (
                EvidenceKind::NotObserved,
                format!(
                    "the RIB lists no IPv{v} route of the peer, and it had neither announced nor withdrawn the prefix"
                ),
            ),
        };
        Evidence {
            time: rib.span().map(|(first, _)| first),
            files: vec![timeline.start_rib],
            ..Evidence::note(kind, &note)
        }
    }

    /// The evidence of a change of presence or path.
    fn of_change(&self, change: &Change) -> Evidence {
        self.of(
            change.cause,
            change.time,
            change.file,
            change.offset,
            change.to,
        )
    }

    /// The evidence of a step of the session.
    fn of_step(&self, step: &SessionStep) -> Evidence {
        let cause = match step.step {
            Step::Down => Cause::SessionDown,
            Step::Up => Cause::SessionUp,
            Step::Gap => Cause::Gap,
            Step::Damage => Cause::Damage,
            Step::Settle(_) => Cause::Settle,
            Step::SilenceBegins | Step::SilenceEnds => Cause::Silence,
            Step::Rib { .. } => Cause::RibAdded,
        };
        let to = match step.step {
            Step::SilenceEnds => Presence::Present,
            Step::Settle(_) => Presence::Absent,
            _ => Presence::Unknown,
        };
        let time = Timestamp(step.order.time);
        self.of(cause, time, step.file, step.order.offset, to)
    }

    /// The evidence of what happened at an instant, by its cause and the presence after it. `file`
    /// and `offset` name the record, where a record caused it.
    fn of(
        &self,
        cause: Cause,
        time: Timestamp,
        file: FileId,
        offset: u64,
        to: Presence,
    ) -> Evidence {
        let kind = EvidenceKind::Change(cause);
        let evidence = match (cause, to) {
            (Cause::Gap, _) => self.gap(time, file),
            (Cause::RibRemoved, _) => {
                let mut evidence = Evidence::note(
                    kind,
                    "the RIB lists routes of the peer in this address family, but not this one",
                );
                evidence.files.push(file);
                evidence
            }
            (Cause::Settle, _) if file == NONE => {
                let seconds = SETTLE / SECOND;
                let note = format!(
                    "{seconds} s after the session started, without End-of-RIB: a prefix not announced \
                     by then is absent"
                );
                Evidence::note(kind, &note)
            }
            (Cause::Silence, Presence::Unknown) => {
                let note = "the peer's last record before it fell silent";
                self.at_time(kind, note, Which::Last, time)
            }
            (Cause::Silence, _) => {
                let note = "the peer's first record after the silence: it had kept its table";
                self.at_time(kind, note, Which::First, time)
            }
            (Cause::SessionUp, _) if file == NONE => {
                let note = "the peer's first record after a silence, followed by its table: the session was re-established";
                self.at_time(kind, note, Which::First, time)
            }
            (Cause::Damage, _) => {
                let mut evidence = Evidence::at(kind, file, offset);
                evidence.note = self.damage(file, offset);
                evidence
            }
            _ => Evidence::at(kind, file, offset),
        };
        Evidence {
            time: Some(time),
            ..evidence
        }
    }

    /// Evidence of which only the time is known: the peer's first or last record at that time, in
    /// any of the update files that span it.
    fn at_time(&self, kind: EvidenceKind, note: &str, which: Which, time: Timestamp) -> Evidence {
        let holds = |read: &crate::replay::input::DecodedFile| {
            let span = read.span();
            span.is_some_and(|(first, latest)| first <= time && time <= latest)
        };
        let files = self
            .data()
            .into_iter()
            .flat_map(|r| r.with_role(Role::Updates));
        let mut files: Vec<FileId> = files.filter(|(_, f)| holds(f)).map(|(id, _)| id).collect();
        if let Which::Last = which {
            files.reverse();
        }
        let session = self.session();
        let position = match which {
            Which::First => crate::decode::inspect::RecordPosition::FirstOf(session, time),
            Which::Last => crate::decode::inspect::RecordPosition::LastOf(session, time),
        };
        let mut evidence = Evidence::note(kind, note);
        (evidence.files, evidence.position) = (files, Some(position));
        evidence
    }

    /// Why a damaged record cannot be read.
    fn damage(&self, file: FileId, offset: u64) -> Option<String> {
        let decoded = self.run.file(file)?.contents();
        let damaged = decoded.damaged.iter().find(|d| d.offset == offset)?;
        Some(format!("the record cannot be read: {}", damaged.reason))
    }

    /// Evidence of a gap: between files, or the rest of a file that is cut short.
    fn gap(&self, time: Timestamp, file: FileId) -> Evidence {
        let kind = EvidenceKind::Change(Cause::Gap);
        let data = self.data();
        if file == NONE {
            let mut gaps = data.into_iter().flat_map(|r| &r.gaps);
            if let Some(gap) = gaps.find(|g| g.from == time) {
                let mut note = format!("no updates from {} to {}", gap.from, gap.to);
                if let Some((_, first)) = gap.expected.first() {
                    let n = gap.expected.len();
                    note.push_str(&format!(": {n} files missing, the first is {first}"));
                }
                return Evidence::note(kind, &note);
            }
        }
        let files = data.into_iter().flat_map(|r| r.with_role(Role::Updates));
        let cut = files.filter_map(|(id, f)| Some((id, f, f.cut()?)));
        let mut at =
            cut.filter(|(id, _, (from, _))| from.time == time.0 && (file == NONE || *id == file));
        match at.next() {
            Some((id, read, (_, to))) => {
                let why = match &read.contents().ending {
                    Ending::Cut { offset, reason } => format!("{reason} at byte {offset}"),
                    Ending::Whole => String::new(),
                };
                let to = Timestamp(to);
                let note = format!("the file is cut short ({why}): no updates from there to {to}");
                let mut evidence = Evidence::note(kind, &note);
                evidence.files.push(id);
                evidence
            }
            None => Evidence::note(kind, "updates are missing"),
        }
    }
}

/// Which of the peer's records at a time.
#[derive(Clone, Copy)]
enum Which {
    First,
    Last,
}

//! What a peer's messages say: UPDATEs become route events; state changes, End-of-RIB and damage become
//! session events.

use super::{ContentsBuilder, RecordAt};
use crate::decode::bgp::UpdateMessage;
use crate::decode::request::CoveringDetail;
use crate::model::net::Prefix;
use crate::model::peer::Session;
use crate::model::route::{PrefixId, RouteAction, RouteEvent, SessionEvent, SessionRecord};
use crate::model::time::{TimeDelta, Timestamp};
use crate::watchlist::SetRelation;

impl ContentsBuilder<'_> {
    /// Adds what an UPDATE of a peer withdraws and announces. `add_path` says whether its prefixes have
    /// path identifiers (RFC 7911).
    pub(crate) fn update(
        &mut self,
        at: RecordAt,
        peer: u32,
        update: &UpdateMessage<'_>,
        add_path: bool,
    ) {
        let is_in_span = self.is_in_span(at.time);
        let state = &mut self.peers[peer as usize];
        state.found.clipped += u32::from(update.clipped);
        let goes_back = self.latest.is_some_and(|latest| at.time < latest);
        if is_in_span && (!state.update_seen || goes_back) {
            state.update_seen = true;
            self.session_event(at, peer, SessionEvent::Update);
        }
        if !is_in_span {
            return;
        }
        let lists = update.withdrawn.iter().chain(&update.announced).flatten();
        for family in lists.map(|routes| routes.family) {
            let first = &mut self.peers[peer as usize].found.first_message[family.index()];
            let time = Timestamp(at.time);
            *first = Some(first.map_or(time, |first| first.min(time)));
        }
        if let Some(family) = update.end_of_rib {
            self.session_event(at, peer, SessionEvent::EndOfRib(family));
        }
        for routes in update.withdrawn.iter().flatten() {
            routes.for_each(add_path, |prefix, path_id| {
                if self.relation(prefix) != SetRelation::Unrelated {
                    let prefix = self.prefix(prefix);
                    self.route_event(at, peer, prefix, RouteAction::Withdraw { path_id });
                }
            });
        }
        self.announced(at, peer, update, add_path);
    }

    fn announced(&mut self, at: RecordAt, peer: u32, update: &UpdateMessage<'_>, add_path: bool) {
        let announced = update.announced.iter().flatten();
        if announced.clone().next().is_none() {
            return;
        }
        let is_foreign = self.is_foreign(peer, update.path.first());
        self.sums[peer as usize].count_path(is_foreign);
        let is_discovered = self.matches_origin(&update.path);
        // The number of the path, once a route needs it.
        let mut number = None;
        for routes in announced {
            routes.for_each(add_path, |prefix, path_id| {
                self.table_transfer(peer, at.time, prefix);
                let relation = self.relation(prefix);
                if is_discovered && relation != SetRelation::Watched {
                    self.discover(prefix);
                }
                if relation != SetRelation::Unrelated {
                    let path = match self.detail(relation, is_discovered) {
                        CoveringDetail::Full => {
                            *number.get_or_insert_with(|| self.paths.number(&update.path))
                        }
                        CoveringDetail::PresenceOnly => self.paths.empty(),
                    };
                    let prefix = self.prefix(prefix);
                    let action = RouteAction::Announce { path_id, path };
                    self.route_event(at, peer, prefix, action);
                }
            });
        }
    }

    /// Adds a change of a session's state, by the numbers of RFC 4271 §8.2.2.
    pub(crate) fn state_change(&mut self, at: RecordAt, peer: u32, old: u16, new: u16) {
        self.peers[peer as usize].update_seen = false;
        self.session_event(at, peer, SessionEvent::State { old, new });
    }

    /// Adds a damaged record; what its session's peer has is unknown from then on.
    pub(crate) fn damaged_record(&mut self, at: RecordAt, session: Option<Session>, reason: &str) {
        self.damage(at, session, reason);
        match session {
            Some(session) => {
                let peer = self.peer(session);
                self.peers[peer as usize].update_seen = false;
                self.session_event(at, peer, SessionEvent::Damage);
            }
            None => self.peers.iter_mut().for_each(|p| p.update_seen = false),
        }
    }

    /// Notes that a peer's session was active, for the silence rule.
    pub(crate) fn activity(&mut self, peer: u32, time: i64) {
        let Some(TimeDelta(threshold)) = self.scan.silence else {
            return;
        };
        if !self.is_in_span(time) {
            return;
        }
        let spans = &mut self.peers[peer as usize].found.activity;
        match spans.last_mut() {
            Some(span) if span.1 <= time && time - span.1 < threshold => span.1 = time,
            _ => {
                spans.push((time, time));
                merge_spans(spans, threshold);
            }
        }
    }

    /// Whether a time is within the span that is replayed.
    fn is_in_span(&self, time: i64) -> bool {
        self.scan.from.0 <= time && time < self.scan.to.0
    }

    fn session_event(&mut self, at: RecordAt, peer: u32, event: SessionEvent) {
        if self.is_in_span(at.time) {
            self.sessions.push(SessionRecord {
                time: Timestamp(at.time),
                offset: at.offset,
                peer,
                event,
            });
        }
    }

    fn route_event(&mut self, at: RecordAt, peer: u32, prefix: PrefixId, action: RouteAction) {
        if self.is_in_span(at.time) {
            self.routes.push(RouteEvent {
                time: Timestamp(at.time),
                offset: at.offset,
                peer,
                prefix,
                action,
            });
        }
    }

    fn table_transfer(&mut self, peer: u32, time: i64, prefix: Prefix) {
        let session = self.peers[peer as usize].found.session;
        for (transfer, prefixes) in self.scan.transfers.iter().zip(&mut self.transfers) {
            let is_inside = transfer.from.0 <= time && time <= transfer.to.0;
            if transfer.session == session && is_inside {
                prefixes.insert(prefix);
            }
        }
    }
}

/// Sorts spans of time, and merges those that are less than `threshold` apart.
pub(crate) fn merge_spans(spans: &mut Vec<(i64, i64)>, threshold: i64) {
    spans.sort_unstable();
    spans.dedup_by(|next, span| {
        let is_near = next.0 - span.1 < threshold;
        if is_near {
            span.1 = span.1.max(next.1);
        }
        is_near
    });
}

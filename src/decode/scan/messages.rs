//! Messages and state changes (BGP4MP, BGP4MP_ET and the old type BGP).

use super::{Scanner, merge_spans};
use crate::decode::CoveringDetail;
use crate::decode::bgp::{self, Message, Update};
use crate::decode::mrt::{self, Carried, Record, Sender};
use crate::decode::turned;
use crate::model::net::Prefix;
use crate::model::peer::Session;
use crate::model::route::{PrefixId, RouteAction, RouteEvent, SessionEvent, SessionRecord};
use crate::model::time::Timestamp;
use crate::watchlist::SetRelation;

/// Why a record of another type is damaged.
pub(super) const TURNED: &str = "corrupt MRT type: the body is a BGP message or a RIB record";

impl Scanner<'_> {
    pub(super) fn bgp4mp(&mut self, record: &Record<'_>) {
        let (session, carried) = match mrt::carried(record) {
            Ok(found) => found,
            Err((session, reason)) => {
                let peer = session.map(|s| self.peer(s));
                self.live(peer, record);
                return self.damaged_record(record, session, reason);
            }
        };
        let peer = self.peer(session);
        self.live(Some(peer), record);
        let update = match carried {
            Carried::Other => return self.passed_over(record, turned::legacy(record)),
            Carried::State { old, new } => {
                self.peers[peer as usize].update_seen = false;
                return self.session_event(record, peer, SessionEvent::State { old, new });
            }
            Carried::BareUpdate(bytes) => {
                bgp::update(bytes, false, false, false).map(|update| (update, false))
            }
            Carried::Message {
                bytes,
                four_byte,
                add_path,
                sender,
            } => match bgp::message(bytes, four_byte, add_path, record.length) {
                Ok(_) if sender == Sender::Collector => return,
                Ok(Message::Other) => return,
                Ok(Message::Update(update)) => Ok((update, add_path)),
                Err(reason) => Err(reason),
            },
        };
        match update {
            Ok((update, add_path)) => self.update(record, peer, &update, add_path),
            Err(reason) => self.damaged_record(record, Some(session), reason),
        }
    }

    /// Passes over a record, unless its type has turned.
    pub(super) fn passed_over(&mut self, record: &Record<'_>, turned: Option<Session>) {
        if turned.is_some() {
            self.damaged_record(record, turned, TURNED);
        }
    }

    /// Within the span that is replayed.
    fn in_span(&self, time: i64) -> bool {
        self.scan.from.0 <= time && time < self.scan.to.0
    }

    fn damaged_record(&mut self, record: &Record<'_>, session: Option<Session>, reason: &str) {
        self.damage(record.time, record.offset, session, reason);
        if let Some(session) = session {
            let peer = self.peer(session);
            self.session_event(record, peer, SessionEvent::Damage);
        }
    }

    fn session_event(&mut self, record: &Record<'_>, peer: u32, event: SessionEvent) {
        if self.in_span(record.time) {
            self.sessions.push(SessionRecord {
                time: Timestamp(record.time),
                offset: record.offset,
                peer,
                event,
            });
        }
    }

    fn route_event(
        &mut self,
        record: &Record<'_>,
        peer: u32,
        prefix: PrefixId,
        action: RouteAction,
    ) {
        if self.in_span(record.time) {
            self.routes.push(RouteEvent {
                time: Timestamp(record.time),
                offset: record.offset,
                peer,
                prefix,
                action,
            });
        }
    }

    /// Notes a sign of life for the silence rule.
    fn live(&mut self, peer: Option<u32>, record: &Record<'_>) {
        let (Some(peer), Some(threshold)) = (peer, self.scan.silence) else {
            return;
        };
        if !self.in_span(record.time) {
            return;
        }
        let runs = &mut self.peers[peer as usize].found.activity;
        let time = record.time;
        match runs.last_mut() {
            Some(run) if run.1 <= time && time - run.1 < threshold => run.1 = time,
            _ => {
                runs.push((time, time));
                merge_spans(runs, threshold);
            }
        }
    }

    fn update(&mut self, record: &Record<'_>, peer: u32, update: &Update<'_>, add_path: bool) {
        let in_span = self.in_span(record.time);
        let found = &mut self.peers[peer as usize];
        found.found.clipped += u32::from(update.clipped);
        let goes_back = self.latest.is_some_and(|latest| record.time < latest);
        if in_span && (!found.update_seen || goes_back) {
            found.update_seen = true;
            self.session_event(record, peer, SessionEvent::Update);
        }
        if !in_span {
            return;
        }
        let spoken = update.withdrawn.iter().chain(&update.announced).flatten();
        for family in spoken.map(|r| r.family) {
            let first = &mut self.peers[peer as usize].found.first_message[family.index()];
            let time = Timestamp(record.time);
            *first = Some(first.map_or(time, |first| first.min(time)));
        }
        if let Some(family) = update.end_of_rib {
            self.session_event(record, peer, SessionEvent::EndOfRib(family));
        }
        for routes in update.withdrawn.iter().flatten() {
            routes.each(add_path, |prefix, path_id| {
                if self.scan.filter.relation(prefix) != SetRelation::Unrelated {
                    let prefix = self.prefix(prefix);
                    self.route_event(record, peer, prefix, RouteAction::Withdraw { path_id });
                }
            });
        }
        let announced = update.announced.iter().flatten();
        if announced.clone().next().is_none() {
            return;
        }
        let is_foreign = self.is_foreign(peer, update.path.first());
        self.sums[peer as usize].count_path(is_foreign);
        let gives_away = self.gives_away(&update.path);
        let mut path = None;
        for routes in announced {
            routes.each(add_path, |prefix, path_id| {
                self.table_transfer(peer, record.time, prefix);
                let place = self.scan.filter.relation(prefix);
                if gives_away && place != SetRelation::Watched {
                    self.discovered.insert(prefix);
                }
                if place != SetRelation::Unrelated {
                    let path = match self.kept_of(place, gives_away) {
                        CoveringDetail::Full => {
                            *path.get_or_insert_with(|| self.paths.number(&update.path))
                        }
                        CoveringDetail::PresenceOnly => self.paths.empty(),
                    };
                    let prefix = self.prefix(prefix);
                    let action = RouteAction::Announce { path_id, path };
                    self.route_event(record, peer, prefix, action);
                }
            });
        }
    }

    fn table_transfer(&mut self, peer: u32, time: i64, prefix: Prefix) {
        let session = self.peers[peer as usize].found.session;
        for (transfer, prefixes) in self.scan.transfers.iter().zip(&mut self.transfers) {
            if transfer.session == session && transfer.from.0 <= time && time <= transfer.to.0 {
                prefixes.insert(prefix);
            }
        }
    }
}

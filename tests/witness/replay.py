"""The replay: what is believed of each peer over time, and how many vantage ASes see a prefix."""

import heapq

from basics import ABSENT, COVERED, DIRECT, NONE, PRESENT, SECOND, UNKNOWN

SETTLE, RIB_GUARD = 600 * SECOND, 60 * SECOND

### Replay.  A layer is what is believed of a peer: base[family] for prefixes that have no entry of their own, and
# routes[prefix] = {path id: (origins, upstreams, path), or None where that path is unknown}.

WHOLE_PREFIX = "?"              # a path id that stands for "the prefix as a whole is unknown"

class Layer:
    def __init__(self):
        self.base, self.routes = {4: UNKNOWN, 6: UNKNOWN}, {}
    def copy(self):
        twin = Layer()
        twin.base = dict(self.base)
        twin.routes = {prefix: dict(paths) for prefix, paths in self.routes.items()}
        return twin
    def presence(self, prefix):
        paths = self.routes.get(prefix)
        if paths is None: return self.base[prefix[0]]
        if not paths: return ABSENT
        return PRESENT if any(origins is not None for origins in paths.values()) else UNKNOWN
    def forget(self):
        """Everything becomes unknown."""
        self.base = {4: UNKNOWN, 6: UNKNOWN}
        self.routes = {prefix: dict.fromkeys(paths) for prefix, paths in self.routes.items() if paths}
    def settle(self, family):
        """What is unknown now is absent."""
        self.base[family] = ABSENT
        for prefix, paths in self.routes.items():
            if prefix[0] == family: self.routes[prefix] = {i: o for i, o in paths.items() if o is not None}

class Peer:
    def __init__(self, collector, identity):
        self.collector, self.identity, self.asn = collector, identity, identity[0]
        self.layer = Layer()        # what is believed now
        self.saved = None           # in a silence: what is believed apart from it
        self.lost = False           # left Established and not come back yet
        self.pending = {}           # family -> time at which the session settles
        self.words = {}             # prefix -> time of the last announcement or withdrawal
        self.told = set()           # what was ever known here: prefixes; families, for units without routes
        self.table = None           # time of its last RIB
        self.first = {}             # prefix -> (time, whether it was a withdrawal) of its first word in an update
        self.announced = {}         # prefix -> (time, origins) of its first announcement in an update
        self.withdrawn = set()      # prefixes that it ever withdrew
    def layers(self):
        return [layer for layer in (self.layer, self.saved) if layer]
    def forget(self):
        """Loss, gap, damage: all unknown, a pending settle is cancelled."""
        self.pending = {}
        for layer in self.layers(): layer.forget()
    def begin(self, time):
        """A session start: all unknown; settles by End-of-RIB or after exactly 600 s."""
        self.forget()
        self.lost, self.pending = False, {4: time + SETTLE, 6: time + SETTLE}
    def settle(self, family):
        """In a silence only the belief that would return is settled (R16)."""
        del self.pending[family]
        (self.saved or self.layer).settle(family)
    def word(self, time, prefix, path_id, way):
        """way None: a withdrawal."""
        self.words[prefix] = time
        self.first.setdefault(prefix, (time, way is None))
        if way is None: self.withdrawn.add(prefix)
        else: self.announced.setdefault(prefix, (time, way[0]))
        for layer in self.layers():
            paths = layer.routes.setdefault(prefix, {})
            paths.pop(WHOLE_PREFIX, None)
            paths.pop(path_id, None)
            if way is not None: paths[path_id] = way
    def resync(self, rib):
        """A later RIB: wins where the peer said nothing since 60 s before its first record in the dump."""
        guard = rib.first_of[self.identity] - RIB_GUARD
        free = lambda prefix: self.words.get(prefix, guard - 1) < guard
        for layer in self.layers():
            for family in (4, 6):
                if (self.identity, family) not in rib.sizes: continue       # not listed in the family (R18)
                if rib.whole:                                               # what it does not list is absent
                    for prefix in self.words:                               # but what is protected stays as it is
                        if prefix[0] == family and not free(prefix) and prefix not in layer.routes:
                            layer.routes[prefix] = {WHOLE_PREFIX: None} if layer.base[family] == UNKNOWN else {}
                    for prefix in [p for p in layer.routes if p[0] == family and free(p)]: del layer.routes[prefix]
                    layer.base[family] = ABSENT
                for prefix, paths in rib.routes.get(self.identity, {}).items():
                    if prefix[0] == family and free(prefix):
                        layer.routes.setdefault(prefix, {}).update(paths)
                        layer.routes[prefix].pop(WHOLE_PREFIX, None)

class Replay:
    def __init__(self, collectors, prefixes, rule):
        self.prefixes, self.rule = prefixes, rule
        self.peers, self.of = {}, {c.name: [] for c in collectors}
        self.due, self.serial = [], 0                           # settles to come
        self.full, self.listed = {4: set(), 6: set()}, {4: set(), 6: set()}     # counted peers; of these, by a RIB
        self.present = {prefix: set() for prefix in prefixes}   # peers that have it now
        self.dirty = set(prefixes)                              # prefixes that may have changed
        self.by_rib = {}                                        # peers that a RIB of this instant lists: the RIB before
        for c in collectors:
            for (identity, family), since in c.full.items():
                if since is None: self.count(self.peer(c.name, identity), family, True)
    def peer(self, collector, identity):
        peer = self.peers.get((collector, identity))
        if peer is None:
            peer = self.peers[collector, identity] = Peer(collector, identity)
            self.of[collector].append(peer)
        return peer
    def count(self, peer, family, listed):
        self.full[family].add(peer)
        if listed: self.listed[family].add(peer)
        self.dirty.update(prefix for prefix in self.prefixes if prefix[0] == family)
    def refresh(self, peer, prefixes=None):
        peer.told.update(family for family in (4, 6) if peer.layer.base[family] != UNKNOWN)
        for prefix in self.prefixes if prefixes is None else prefixes:
            presence = peer.layer.presence(prefix)
            (self.present[prefix].add if presence == PRESENT else self.present[prefix].discard)(peer)
            if presence != UNKNOWN: peer.told.add(prefix)
            self.dirty.add(prefix)
    def begin(self, peer, time):
        peer.begin(time)
        self.refresh(peer)
        for family, due in peer.pending.items():
            self.serial += 1
            heapq.heappush(self.due, (due, self.serial, family, peer))
    def settle_due(self, time):
        while self.due and self.due[0][0] <= time:
            due, _, family, peer = heapq.heappop(self.due)
            if peer.pending.get(family) == due:
                peer.settle(family)
                self.refresh(peer)
    def start(self, collector, time, rib):
        """The RIB that starts a collector's replay."""
        for identity, family in rib.sizes:                      # a cut RIB proves presence only
            peer = self.peer(collector, identity)
            if rib.whole: peer.layer.base[family] = ABSENT
            peer.layer.routes = {prefix: dict(paths) for prefix, paths in rib.routes.get(identity, {}).items()}
            peer.table = time
            self.refresh(peer)
    def apply(self, collector, time, what, identity, payload):
        if what == "start rib": return self.start(collector, time, payload)
        if what in ("gap", "damage", "rib"):            # of one peer or, where none can be named, of the collector
            peers = self.of[collector] if identity is None else [self.peer(collector, identity)]
            if what == "rib": peers = [self.peer(collector, listed) for listed in payload.first_of]
            for peer in peers:
                if what == "rib":
                    self.by_rib[peer], peer.table = peer.table, time
                    peer.resync(payload)
                else: peer.forget()
                self.refresh(peer)
            return
        peer = self.peer(collector, identity)
        if what == "count": self.count(peer, *payload)
        elif what == "start": self.begin(peer, time)
        elif what == "loss":
            peer.lost = True
            peer.forget()
            self.refresh(peer)
        elif what == "hush":
            peer.saved = peer.layer.copy()
            peer.layer.forget()
            self.refresh(peer)
        elif what == "speak":
            peer.layer, peer.saved = peer.saved, None
            prefixes, table = payload
            if len(prefixes) * 2 >= table: self.begin(peer, time)
            self.refresh(peer)
        elif what == "update":
            withdrawn, announced, way, eor = payload
            if peer.lost: self.begin(peer, time)        # the start was not recorded: this is it
            for prefix, path_id in withdrawn: peer.word(time, prefix, path_id, None)    # withdrawals first (RFC 4271)
            for prefix, path_id in announced: peer.word(time, prefix, path_id, way)
            self.refresh(peer, {prefix for prefix, _ in withdrawn + announced})
            if eor in peer.pending:
                peer.settle(eor)
                self.refresh(peer)
    def seeing(self, prefix):
        return len({peer.asn for peer in self.present[prefix] if peer in self.full[prefix[0]]})
    def row(self, prefix):
        """(full, known, seeing, origins, via) now."""
        family, verdicts, origins, via = prefix[0], {}, set(), {}
        for peer in self.full[family]:
            presence = peer.layer.presence(prefix)
            if presence == PRESENT:
                for its_origins, its_upstreams, _ in filter(None, peer.layer.routes[prefix].values()):
                    origins.update(its_origins)
                    for upstream in its_upstreams: via.setdefault(upstream, set()).add(peer.asn)
            elif not self.takes_part(peer, family, [prefix]): continue      # not counted for it yet (R11)
            verdicts.setdefault(peer.asn, set()).add(presence)
        seeing = sum(PRESENT in verdict for verdict in verdicts.values())
        known = seeing + sum(verdict == {ABSENT} for verdict in verdicts.values())
        full = len({peer.asn for peer in self.full[family]})
        return full, known, seeing, " ".join(map(str, sorted(origins))), \
            " ".join(f"{upstream}={len(via[upstream])}" for upstream in sorted(via))
    def takes_part(self, peer, family, prefixes):
        """With `all`, a peer that no RIB lists: from its first word (R11)."""
        return self.rule != "all" or peer in self.listed[family] or not peer.told.isdisjoint(prefixes or [family])
    def unit(self, family, routes, measure, min_vantage):
        """How units stand that `routes` reach (R28, R29)."""
        verdicts = {}
        for peer in self.full[family]:
            if not self.takes_part(peer, family, routes): continue
            long, short = set(), set()
            for route in routes: (long if route[1] >= measure else short).add(peer.layer.presence(route))
            if not routes: long.add(peer.layer.base[family])
            verdicts.setdefault(peer.asn, set()).add(
                DIRECT if PRESENT in long else UNKNOWN if UNKNOWN in long else
                COVERED if PRESENT in short else UNKNOWN if UNKNOWN in short else NONE)
        count = dict.fromkeys((DIRECT, COVERED, NONE, UNKNOWN), 0)
        for verdict in verdicts.values():
            count[next(state for state in (DIRECT, COVERED, UNKNOWN, NONE) if state in verdict)] += 1
        full, known = len({peer.asn for peer in self.full[family]}), count[DIRECT] + count[COVERED] + count[NONE]
        if too_few(full, known, min_vantage): return UNKNOWN
        if count[DIRECT] * 2 >= known: return DIRECT
        return COVERED if (count[DIRECT] + count[COVERED]) * 2 >= known else NONE

def too_few(full, known, min_vantage):
    return known == 0 or known < min_vantage or known * 2 < full

class Player:
    """All records of one timestamp, of any collector, are one step; settles due then come before them.  The RIBs that
    start the replay are a step of their own (R32)."""
    def __init__(self, replay, events, notice=None):
        self.replay, self.events, self.position, self.changed = replay, events, 0, set(replay.prefixes)
        self.seeing = {prefix: replay.seeing(prefix) for prefix in replay.prefixes}
        self.notice = notice            # called after each step: (moment as in baseline.py, replay, changed prefixes)
    def start_ribs(self, time):
        """Those stamped `time` or earlier; they come before all else of their time."""
        while self.position < len(self.events) and self.events[self.position][0][:2] <= (time, -1):
            at = self.events[self.position][0][0]
            self.advance(at)
            self.take_start_ribs(at, None)
    def take_start_ribs(self, time, extremes):
        events = self.events
        if self.position == len(events) or events[self.position][0][:2] != (time, -1): return
        while self.position < len(events) and events[self.position][0][:2] == (time, -1):
            _, collector, what, identity, payload = events[self.position]
            self.replay.apply(collector, time, what, identity, payload)
            self.position += 1
        self.step_done(2 * time, extremes)
    def advance(self, until, extremes=None, only=None):
        """All before `until`; with `only`, of what is stamped before it and not acted yet just the RIBs."""
        replay, events = self.replay, self.events
        while True:
            time = min(events[self.position][0][0] if self.position < len(events) else until,
                       replay.due[0][0] if replay.due and not only else until)
            if time >= until: return
            self.take_start_ribs(time, extremes)
            if not only: replay.settle_due(time)
            while self.position < len(events) and events[self.position][0][0] == time:
                _, collector, what, identity, payload = events[self.position]
                if only in (None, what): replay.apply(collector, time, what, identity, payload)
                self.position += 1
            self.step_done(2 * time + 1, extremes)
    def step_done(self, moment, extremes):
        replay = self.replay
        self.changed.update(replay.dirty)
        for prefix in replay.dirty:
            now = self.seeing[prefix] = replay.seeing(prefix)
            if extremes: extremes[prefix] = (min(extremes[prefix][0], now), max(extremes[prefix][1], now))
        if self.notice and replay.dirty: self.notice(moment, replay, replay.dirty)
        replay.dirty.clear()
        replay.by_rib.clear()

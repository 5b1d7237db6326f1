"""Histories of prefixes, and the baseline: which prefixes were there before (readings R32 to R36).

A moment is twice a time, one more for what holds after all of that time's records; even: after the RIBs that start a
replay, and before all else of that time."""

from bisect import bisect_left

from basics import ABSENT, LOST, PRESENT, SECOND, UNIT, UNKNOWN, VISIBLE
from replay import too_few

NEVER, ALWAYS = 1 << 80, -1
HOUR = 3600 * SECOND

def after(time):
    """The moment from which all that is stamped `time` has acted: what lies before it is the state then."""
    return 2 * time + 2

class Track:
    """Values that hold from moments on."""
    def __init__(self, default):
        self.moments, self.values, self.default = [], [], default
    def set(self, moment, value):
        if self.values and self.values[-1] == value or not self.values and value == self.default: return
        self.moments.append(moment)
        self.values.append(value)
    def before(self, moment):
        at = bisect_left(self.moments, moment) - 1
        return self.values[at] if at >= 0 else self.default
    def spells(self, until):
        """(from, to, value), the last one until `until`."""
        for i, (moment, value) in enumerate(zip(self.moments, self.values)):
            if moment >= until: return
            yield moment, min(self.moments[i + 1] if i + 1 < len(self.moments) else until, until), value

class History:
    """A prefix: how many see it, and what each counted peer has."""
    def __init__(self, prefix, min_vantage):
        self.prefix, self.min_vantage = prefix, min_vantage
        self.counts = Track((0, 0, 0))                  # (full, known, seeing)
        self.states = Track(UNKNOWN)
        self.peers = {}                                 # peer -> Track of (presence or None, paths, RIB told: since)
        self.counted = {}                               # peer -> moment from which on it counts
        self.moments = []                               # at which a peer's track changed
        self.withdrew = set()                           # inferred: vantage ASes whose first word is a withdrawal
        self.cache = {}
    def note(self, moment, replay):
        family, verdicts, changed = self.prefix[0], {}, False
        for peer in replay.full[family]:
            presence, paths = peer.layer.presence(self.prefix), ()
            if presence == PRESENT:
                routes = peer.layer.routes[self.prefix]
                known = [path_id for path_id in routes if routes[path_id] is not None]
                paths = tuple(routes[i] for i in sorted(known, key=lambda i: -1 if i is None else i))
            elif not replay.takes_part(peer, family, [self.prefix]): presence = None
            if presence: verdicts.setdefault(peer.asn, set()).add(presence)
            track = self.peers.get(peer)
            if track is None:
                track = self.peers[peer] = Track((None, (), None))
                self.counted[peer] = moment
            last = track.values[-1] if track.values else track.default
            if last[:2] != (presence, paths):
                since = peer.words.get(self.prefix, replay.by_rib[peer]) if peer in replay.by_rib else None
                track.set(moment, (presence, paths, since))
                changed = True
        if changed and (not self.moments or self.moments[-1] != moment): self.moments.append(moment)
        seeing = sum(PRESENT in verdict for verdict in verdicts.values())
        known = seeing + sum(verdict == {ABSENT} for verdict in verdicts.values())
        counts = len({peer.asn for peer in replay.full[family]}), known, seeing
        self.counts.set(moment, counts)
        self.states.set(moment, self.state(counts))
    def state(self, counts):
        full, known, seeing = counts
        return UNKNOWN if too_few(full, known, self.min_vantage) else VISIBLE if seeing * 2 >= known else LOST
    def ways(self, moment):
        """{vantage AS: ways in use} just before a moment."""
        found = {}
        for peer, track in self.peers.items():
            presence, paths, _ = track.before(moment)
            if presence == PRESENT: found.setdefault(peer.asn, set()).update(paths)
        return found
    def origins(self, moment):
        """(those of half of the vantage ASes that see it, all in use) just before a moment."""
        at = bisect_left(self.moments, moment)
        if at not in self.cache:
            of_asn = [set().union(*(way[0] for way in ways)) for ways in self.ways(moment).values()]
            used = set().union(*of_asn)
            self.cache[at] = {o for o in used if sum(o in own for own in of_asn) * 2 >= len(of_asn)}, used
        return self.cache[at]
    def runs(self, until):
        """(start, end, ended, moment at which it was last visible no more): times in which it was visible on end,
        unknown spans included."""
        found, run = [], None
        for start, end, state in self.states.spells(2 * until + 2):
            if state == VISIBLE:
                run = (run[0] if run else start >> 1, end)
            elif state == LOST and run:
                found.append((run[0], start >> 1, True, run[1]))
                run = None
        return found + ([(run[0], until, False, run[1])] if run else [])

class Recorder:
    def __init__(self, prefixes, min_vantage):
        self.histories = {prefix: History(prefix, min_vantage) for prefix in prefixes}
    def notice(self, moment, replay, dirty):
        for prefix in dirty:
            if prefix in self.histories: self.histories[prefix].note(moment, replay)

class Member:
    def __init__(self, prefix, kind, origins, used, since):
        self.prefix, self.kind, self.origins, self.used, self.since = prefix, kind, origins, used, since
        self.withdrawn = None                           # inferred: the first of the withdrawals

def countable(prefix):
    return prefix[1] <= UNIT[prefix[0]]

def find_members(histories, snapshot, begin, to, min_life, chosen):
    """{prefix: Member} measured or chosen, and of these whether a look back found it; `snapshot`: histories of the one
    moment of the baseline."""
    members, looked_back = {}, set()
    for prefix, history in histories.items():
        if not countable(prefix): continue
        there = snapshot[prefix]
        if there.states.before(NEVER) == VISIBLE:
            members[prefix] = Member(prefix, "chosen" if chosen else "measured", *there.origins(NEVER), ALWAYS)
            continue
        if chosen: continue
        found = []                                      # (moment that made it one and of its origins, established)
        for start, end, ended, seen in history.runs(begin):
            if start < begin and end - start >= min_life: found.append((seen, start + min_life))
        known = [(start, state) for start, _, state in history.states.spells(2 * to) if state != UNKNOWN]
        lost = [start >> 1 for start, state in known if state == LOST]
        if lost and known[0][1] == VISIBLE and lost[0] - (known[0][0] >> 1) < HOUR:     # before, nothing can be seen
            found.append((known[0][0] + 1, known[0][0] >> 1))
        if not found: continue
        latest = max(moment for moment, _ in found)
        members[prefix] = Member(prefix, "measured", *history.origins(latest), min(since for _, since in found))
        if there.states.before(NEVER) == LOST: looked_back.add(prefix)
    return members, looked_back

def superseded(prefixes, units, replay, min_vantage):
    """Of these, which other routes reach by half or more of their units."""
    found = set()
    for prefix in prefixes:
        own = [u for u in units if prefix in u.routes]
        reached = sum(u.number for u in own if u.others_reach(replay, prefix, min_vantage))
        if own and reached * 2 >= sum(u.number for u in own): found.add(prefix)
    return found

def find_inferred(histories, replay, to):
    """Members of a run without any RIB (R36): {prefix: Member}."""
    members = {}
    peers = [peer for peer in replay.peers.values() if peer in replay.full[4] or peer in replay.full[6]]
    doubted = set()
    for peer in peers:
        withdrawn = [prefix for prefix in peer.withdrawn if prefix in histories]
        if sum(prefix not in peer.announced for prefix in withdrawn) * 10 > len(withdrawn) * 9: doubted.add(peer)
    for prefix, history in histories.items():
        first = next((start for start, _, state in history.states.spells(2 * to) if state != UNKNOWN), None)
        if not countable(prefix) or first is None or history.states.before(first + 1) != LOST: continue
        words, begun = {}, {}                           # by vantage AS: first word; first announcement
        counted = [peer for peer in peers if peer in replay.full[prefix[0]]]
        for peer in counted:
            word = peer.first.get(prefix)
            if word and word[1] and peer in doubted:
                word = (peer.announced[prefix][0], False) if prefix in peer.announced else None
            if word: words[peer.asn] = min(words.get(peer.asn, word), word)
            if prefix in peer.announced:
                begun[peer.asn] = min(begun.get(peer.asn, peer.announced[prefix]), peer.announced[prefix])
        times = sorted(time for time, withdrawn in words.values() if withdrawn and time <= first >> 1)
        sets = [[t for t in times if start <= t <= start + 600 * SECOND] for start in times]
        largest = max(sets, key=lambda s: (len(s), s[0]), default=[])
        known = history.counts.before(first + 1)[1]
        if len(largest) < 3 or len(largest) * 2 < known or not begun: continue
        of_asn = [set(origins) for _, origins in begun.values()]
        used = set().union(*of_asn)
        origins = {o for o in used if sum(o in own for own in of_asn) * 2 >= len(of_asn)}
        members[prefix] = Member(prefix, "inferred", origins, used, first >> 1)
        members[prefix].withdrawn = largest[0]
        history.withdrew = {asn for asn, (_, withdrawn) in words.items() if withdrawn}
    return members

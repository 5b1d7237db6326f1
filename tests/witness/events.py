"""Events: the times in which at least a tenth of a group's members are lost (readings R50 to R57)."""

from basics import ABSENT, LOST, PRESENT, SECOND, VISIBLE, order
from outages import common_of, loss_uncertainty, losses_of_prefix, return_uncertainty, upstreams
from replay import too_few
from units import count_units

MERGE, QUIET = 60 * SECOND, 600 * SECOND

class Event:
    def __init__(self, opened, lost):
        self.opened, self.closed, self.kind, self.early = opened, None, None, False
        self.set = dict.fromkeys(lost, opened)          # member -> moment at which it came into the set
        self.course = []                                # (moment, size of the set)
        self.worst, self.worst_set = None, set()
        self.spans = []                                 # (member, in the set from, until it was seen visible)
        self.families, self.left_out = set(), set()     # left out: still lost in an earlier event

class Timeline:
    """What an event asks of a member: LOST ("down": lost, and seen visible before or inferred), VISIBLE, or None."""
    def __init__(self, history, member, to):
        self.changes, seen = [], False
        for moment, _, state in history.states.spells(2 * to):
            seen = seen or state == VISIBLE
            inferred = member.withdrawn is not None and moment >> 1 >= member.since
            self.changes.append((moment, state if state == VISIBLE or state == LOST and (seen or inferred) else None))
        self.to = 2 * to
    def lost(self):
        """(from, to) of the known losses."""
        ends = [moment for moment, _ in self.changes[1:]] + [self.to]
        return [(moment, end) for (moment, now), end in zip(self.changes, ends) if now == LOST]
    def back(self, moment):
        """The first moment behind this one at which it is seen visible."""
        return next((m for m, now in self.changes if m > moment and now == VISIBLE), None)
    def gone_since(self, moment):
        """When the span of loss began that a moment lies in: unknown does not break it."""
        begun = None
        for m, now in self.changes:
            if m > moment: break
            if now == VISIBLE: begun = None
            elif now == LOST and begun is None: begun = m
        return begun

class Sweep:
    """All events of a group, from the replay's start on, found in one pass over the changes of its members."""
    def __init__(self, members, histories, rules):
        self.rules, self.members = rules, members
        self.timelines = {p: Timeline(histories[p], m, rules.to) for p, m in members.items()}
        self.sizes = {f: sum(p[0] == f for p in members) for f in (4, 6)}
        self.changes = {}
        for p, timeline in self.timelines.items():
            for moment, now in timeline.changes: self.changes.setdefault(moment, []).append((p, now))
        self.moments = sorted(self.changes)
        self.state, self.known = dict.fromkeys(members), dict.fromkeys(members)     # now; what was known last
        self.excluded, self.events = set(), []
    def crossed(self, lost):
        """The families of which a tenth of the members, one at the least, are among these."""
        counts = {f: sum(p[0] == f for p in lost) for f in (4, 6)}
        return {f for f in (4, 6) if counts[f] and counts[f] * 10 >= self.sizes[f]}
    def quiet_after(self, moment, held):
        """In the 600 s behind, all of them within the window, no member comes into the set, and a tenth stays in it."""
        if (moment >> 1) + QUIET >= self.rules.to: return False
        held, out = set(held), set(self.excluded)
        for later in self.moments:
            if later <= moment: continue
            if later >> 1 > (moment >> 1) + QUIET: break
            for p, now in self.changes[later]:
                if now == VISIBLE:
                    held.discard(p)
                    out.discard(p)
                elif now == LOST and p not in held and p not in out: return False
            if not self.crossed(held): return False
        return True
    def follow(self, moment, held, spans):
        """What a moment's changes do to the set."""
        for p, now in self.changes[moment]:
            if now == VISIBLE and p in held: spans.append((p, held.pop(p), moment))
            elif now == LOST and p not in self.excluded: held.setdefault(p, moment)
    def run(self):
        event, pause = None, None                       # pause: (event, its set and spans since it closed)
        for moment in self.moments:
            for p, now in self.changes[moment]:
                self.state[p] = now
                if now: self.known[p] = now
                if now == VISIBLE: self.excluded.discard(p)
            if event: self.follow(moment, event.set, event.spans)
            if pause: self.follow(moment, pause[1], pause[2])
            if not event:
                if pause and (moment >> 1) - (pause[0].closed >> 1) >= MERGE: pause = None
                lost = {p for p, now in self.state.items() if now == LOST and p not in self.excluded}
                if self.crossed(lost):
                    if pause:
                        event, event_set, spans = pause
                        event.set, event.closed = event_set, None
                        event.spans += spans
                    else:
                        event = Event(moment, lost)
                        event.left_out = set(self.excluded)
                        self.events.append(event)
                    pause = None
            if not event: continue
            over = self.crossed(event.set)
            event.families |= over
            if len(event.set) > len(event.worst_set): event.worst, event.worst_set = moment, set(event.set)
            event.course.append((moment, len(event.set)))
            back = sum(self.known[p] == VISIBLE for p in event.worst_set) * 2 >= len(event.worst_set)
            if not over or back and self.quiet_after(moment, event.set):
                event.closed, event.kind, event.early = moment, "back", bool(over)
                if over: self.excluded.update(event.set)
                else: pause = event, dict(event.set), []
                event = None
        if event:
            known = any(self.state[p] == LOST for p in event.set)
            members = {p for p, _, _ in event.spans} | set(event.set)
            ends = [end for p in members for _, end in self.timelines[p].lost()]
            event.kind, event.closed = ("window", 2 * self.rules.to) if known else ("unknown", max(ends))
        for each in self.events:
            each.spans += [(p, since, self.timelines[p].back(each.closed)) for p, since in each.set.items()]
        return self.events

class Told:
    """An event's columns."""
    def __init__(self, event, sweep, groups, histories, by_prefix):
        rules, timelines = sweep.rules, sweep.timelines
        self.event, self.families = event, sorted(event.families)
        self.start, self.end, self.kind = event.opened >> 1, event.closed >> 1, event.kind
        self.members = sorted({p for p, _, _ in event.spans}, key=order)
        kinds = {member.kind for member in sweep.members.values()}
        self.baseline = "chosen" if "chosen" in kinds else "inferred" if "inferred" in kinds else "measured"
        self.prefixes_baseline, self.lost_max, self.worst = len(sweep.members), len(event.worst_set), event.worst >> 1
        self.down_from, self.down_to = self.down(event)
        half = None
        for moment in sweep.moments:
            back = sum(self.last_known(timelines[p], moment) == VISIBLE for p in event.worst_set)
            if moment > event.worst and back * 2 >= len(event.worst_set):
                half = moment >> 1
                break
        self.half_back = half
        returns = [until for _, _, until in event.spans]
        self.last_back = None if None in returns else max(returns) >> 1
        self.still = len(event.set)
        self.seconds, self.seconds_before = self.lost_time(event, timelines, rules)
        self.none_max = self.covered_max = 0            # each family's own
        for group in groups:
            moments = {event.opened} | {m for u in group.units for m in u.moments if event.opened < m < event.closed}
            counts = [count_units(group.units, m + 1) for m in moments]
            self.none_max += max(c[2] for c in counts)
            self.covered_max += max(c[1] for c in counts)
        self.start_uncertainty, self.end_uncertainty = self.uncertainties(event, sweep, histories)
        self.paths(event, timelines, histories, sweep.members, by_prefix, rules)
    @staticmethod
    def at(timeline, moment):
        return next((now for m, now in reversed(timeline.changes) if m <= moment), None)
    @staticmethod
    def last_known(timeline, moment):
        return next((now for m, now in reversed(timeline.changes) if m <= moment and now), None)
    def down(self, event):
        first = last = None
        was = False
        for moment, size in event.course:
            now = size * 2 > self.prefixes_baseline
            if now and first is None: first = moment >> 1
            if was and not now: last = moment >> 1
            was = now
        return first, None if first is None else min(last, self.end) if not was else self.end
    def lost_time(self, event, timelines, rules):
        inside = before = 0
        for p, since, until in event.spans:
            for a, b in timelines[p].lost():
                a, b = max(a, since) >> 1, min(b, 2 * rules.to if until is None else until) >> 1
                before += max(0, min(b, rules.begin) - a)
                inside += max(0, b - max(a, rules.begin))
        return inside // SECOND, before // SECOND
    def uncertainties(self, event, sweep, histories):
        """Of the start: the loss that made a tenth, of the end: the last return that was needed, at their earliest."""
        tenth = lambda family: max(1, -(-sweep.sizes[family] // 10))
        lost_then = [p for p in sweep.members if self.at(sweep.timelines[p], event.opened) == LOST
                     and p not in event.left_out]
        earliest = []
        for family in sweep.crossed(lost_then):
            losses = []
            for p in lost_then:
                if p[0] != family: continue
                begun = sweep.timelines[p].gone_since(event.opened)
                losses.append((begun >> 1) - loss_uncertainty(histories[p], sweep.members[p], begun))
            earliest.append(sorted(losses)[tenth(family) - 1])
        start = max(0, self.start - min(earliest))
        if self.kind != "back": return start, None
        returns = {}                                    # member -> its last return by the end, at its earliest
        for p, _, until in sorted(event.spans, key=lambda span: span[1]):
            if until is None or until > event.closed: returns.pop(p, None)
            else:
                begun = sweep.timelines[p].gone_since(until - 1)
                returns[p] = (until >> 1) - return_uncertainty(histories[p], begun, until)
        if event.early:
            back = sorted(time for p, time in returns.items() if p in event.worst_set)
            needed = [(back, -(-len(event.worst_set) // 2))]
        else:
            needed = [(sorted(time for p, time in returns.items() if p[0] == family),
                       sum(p[0] == family for p in self.members) - tenth(family) + 1) for family in (4, 6)]
        latest = max([times[count - 1] for times, count in needed if 0 < count <= len(times)] + [self.start])
        came = max(since for _, since, _ in event.spans) >> 1 if event.early else self.start
        return start, max(0, self.end - max(latest, came))
    def paths(self, event, timelines, histories, members, by_prefix, rules):
        first = {}                                      # vantage AS -> its first loss in the event
        for p, since, until in event.spans:
            begun, end = timelines[p].gone_since(since) >> 1, rules.to if until is None else until >> 1
            if end <= rules.begin: continue
            for loss in losses_of_prefix(histories[p], begun, end):
                first[loss.what] = min(first.get(loss.what, loss.lost), loss.lost)
        self.first_lost = sorted(asn for asn, time in first.items() if time == min(first.values()))
        self.last_lost = sorted(asn for asn, time in first.items() if time == max(first.values()))
        inside = [o for p in self.members for o in by_prefix.get(p, ())
                  if o.start < self.end and o.end > self.start and o.is_listed(rules)]
        self.common = common_of(inside, members, histories, event.worst)
        union = lambda sets: sorted(set().union(*sets))
        first_of, last_of = {}, {}
        for o in sorted(inside, key=lambda o: o.start):
            first_of.setdefault(o.entity, o)
            last_of[o.entity] = o
        self.upstreams_before = union(o.upstreams_before for o in first_of.values())
        self.upstreams_during = union(upstreams(histories[o.entity], o.worst + 1, o.stuck) for o in inside)
        self.upstreams_after = union(o.upstreams_after for o in last_of.values())
        self.other_origins = union(o.other_origins for o in inside)
        inferred = {p for p in self.members if members[p].withdrawn is not None}
        self.collectors = agreeing(event, self.members, inferred, histories, rules)

def agreeing(event, members, inferred, histories, rules):
    """The collectors whose own peers had lost at least half of the event's prefixes (R56)."""
    found = {}
    for p in members:
        spans = [(since, 2 * rules.to if until is None else until) for q, since, until in event.spans if q == p]
        for collector in {peer.collector for peer in histories[p].peers}:
            tracks = [(peer.asn, track, histories[p].counted[peer]) for peer, track in histories[p].peers.items()
                      if peer.collector == collector]
            had, lost = p in inferred, False
            for moment in sorted({since for since, _ in spans} | {m for _, track, _ in tracks for m in track.moments}):
                state = state_at(tracks, moment)
                had = had or state == VISIBLE
                if state == LOST and had and any(since <= moment < until for since, until in spans): lost = True
            found[collector] = found.get(collector, 0) + lost
    return sorted(collector for collector, lost in found.items() if lost * 2 >= len(members))

def state_at(tracks, moment):
    """A prefix's state at some peers alone: [(vantage AS, track, counted from this moment on)]."""
    of_asn = {}
    for asn, track, _ in tracks:
        presence = track.before(moment + 1)[0]
        if presence: of_asn.setdefault(asn, set()).add(presence)
    seeing = sum(PRESENT in all_ for all_ in of_asn.values())
    known = seeing + sum(all_ == {ABSENT} for all_ in of_asn.values())
    if too_few(len({asn for asn, _, counted in tracks if counted <= moment}), known, 1): return None
    return VISIBLE if seeing * 2 >= known else LOST

"""Groups and outages: of prefixes, of ASes, of a country (readings R37 to R49)."""

from fractions import Fraction

from baseline import HOUR, NEVER, Track, after, countable
from basics import ABSENT, LOST, PRESENT, SECOND, UNKNOWN, VISIBLE, order
from units import count_units

GUARD, STUCK = 600 * SECOND, 5400 * SECOND

class Loss:
    """Something lost in an outage: a vantage AS of a prefix, a prefix of a group."""
    def __init__(self, what, lost, back):
        self.what, self.lost, self.back = what, lost, back

class Outage:
    def __init__(self, scope, entity, family, start, end, kind):
        self.scope, self.entity, self.family, self.start, self.end, self.kind = scope, entity, family, start, end, kind
        self.start_uncertainty, self.end_uncertainty = 0, None
        self.losses, self.stuck, self.reachable, self.baseline = [], set(), None, ""
    def is_listed(self, rules):
        return self.end > rules.begin and self.end - self.start >= rules.min_outage

class Rules:
    def __init__(self, begin, to, min_life, min_outage, hysteresis, min_vantage):
        self.begin, self.to, self.min_life, self.min_outage = begin, to, min_life, min_outage
        self.hysteresis, self.min_vantage = hysteresis, min_vantage

### Vantage ASes of a prefix

def verdicts(history, moment):
    """{vantage AS: presence} just before a moment, of those that take part."""
    found = {}
    for peer, track in history.peers.items():
        presence = track.before(moment)[0]
        if presence: found.setdefault(peer.asn, set()).add(presence)
    return {asn: PRESENT if PRESENT in all_ else ABSENT if all_ == {ABSENT} else UNKNOWN
            for asn, all_ in found.items()}

def turns(history):
    """{vantage AS: [(moment, PRESENT or ABSENT)]}: when each came to see it and to see it no more, unknown spans
    passed over."""
    if getattr(history, "turned", None) is None:
        history.turned, of_asn = {}, {}
        for peer, track in history.peers.items(): of_asn.setdefault(peer.asn, []).append(track)
        for asn, tracks in of_asn.items():
            found = history.turned[asn] = []
            for moment in sorted({m for track in tracks for m in track.moments}):
                all_ = {track.before(moment + 1)[0] for track in tracks} - {None}
                now = PRESENT if PRESENT in all_ else ABSENT if all_ == {ABSENT} else None
                if now and (not found or found[-1][1] != now): found.append((moment, now))
    return history.turned

def overlapping(absences, start, end, begin=-1):
    """Of (moment lost, moment back or None), those that overlap an outage and do not end before the window."""
    return [(lost, back) for lost, back in absences
            if lost < 2 * end and (back is None or back >= after(start) and back >> 1 > begin)]

def losses_of_prefix(history, start, end):
    """Who lost it: first loss and last return of the absences that overlap the outage (R44)."""
    found = []
    for asn, changes in turns(history).items():
        absences = [(moment, changes[i + 1][0] if i + 1 < len(changes) else None)
                    for i, (moment, now) in enumerate(changes) if now == ABSENT and (i or asn in history.withdrew)]
        absences = overlapping(absences, start, end)
        if absences: found.append(Loss(asn, absences[0][0] >> 1, absences[-1][1] and absences[-1][1] >> 1))
    return sorted(found, key=lambda loss: (loss.lost, loss.what))

def recount(history, turned_to):
    """States if every loss (`turned_to` ABSENT) or return (PRESENT) at a peer had been as early as
    possible: at the beginning of the unknown span before it, or, where only a RIB told, after the last word (R45)."""
    key = "recounted", turned_to
    if key in history.cache: return history.cache[key]
    tracks, opposite = [], PRESENT if turned_to == ABSENT else ABSENT
    for peer, track in history.peers.items():
        changes, last = [], None                        # last: what was known last
        for i, (moment, (presence, _, told)) in enumerate(zip(track.moments, track.values)):
            if presence == turned_to and last == opposite:
                early = moment
                while i and track.values[i - 1][0] == UNKNOWN: i, early = i - 1, track.moments[i - 1]
                if early == moment and told is not None: early = max(2 * told + 1, track.moments[i - 1])
                while changes and changes[-1][0] >= early: changes.pop()
                moment = early
            changes.append((moment, presence))
            if presence in (PRESENT, ABSENT): last = presence
        tracks.append((peer.asn, Track(None)))
        for moment, presence in changes: tracks[-1][1].set(moment, presence)
    states = Track(UNKNOWN)
    for moment in sorted({m for _, track in tracks for m in track.moments} | set(history.counts.moments)):
        of_asn = {}
        for asn, track in tracks: of_asn.setdefault(asn, set()).add(track.before(moment + 1))
        seeing = sum(PRESENT in all_ for all_ in of_asn.values())
        known = seeing + sum(all_ - {None} == {ABSENT} for all_ in of_asn.values())
        states.set(moment, history.state((history.counts.before(moment + 1)[0], known, seeing)))
    history.cache[key] = states
    return states

def since(spells, moment, ends, bound=0):
    """How long before `moment` since when a recounted state has been nothing that `ends` it; not before `bound`."""
    begun = None
    for start, _, state in spells:
        if start > moment: break
        if ends(state): begun = None
        elif begun is None: begun = start
    return 0 if begun is None else (moment >> 1) - (max(begun, bound) >> 1)

def loss_uncertainty(history, member, moment):
    if member and member.withdrawn is not None and member.since == moment >> 1:
        return member.since - member.withdrawn
    return since(recount(history, ABSENT).spells(NEVER), moment, lambda state: state == VISIBLE)

def return_uncertainty(history, lost, moment):
    return since(recount(history, PRESENT).spells(NEVER), moment, lambda state: state == LOST, lost)

def reachable(units, moment):
    """Which share of them some route reaches just before a moment; None where most are unknown (R43)."""
    total, (direct, covered, _, unknown) = sum(u.number for u in units), count_units(units, moment)
    return None if not total or unknown * 2 > total else Fraction(direct + covered, total)

### Outages of a prefix

def prefix_outages(history, member, former, account, rules):
    established = member.since if member else NEVER
    for start, end, _, _ in history.runs(rules.to):
        if end - start >= rules.min_life: established = min(established, start + rules.min_life)
    found, opened = [], None
    back = lambda seeing, known: seeing * 100 >= known * (50 + rules.hysteresis)
    for moment, _, counts in history.counts.spells(2 * rules.to):
        state = history.state(counts)
        if opened is None:
            if state == LOST and moment >> 1 >= established: opened = moment
        elif state != UNKNOWN and back(counts[2], counts[1]):
            found.append((opened, moment, "back"))
            opened = None
    if opened is not None:
        unknown = history.states.before(2 * rules.to) == UNKNOWN
        last = history.states.moments[-1] if unknown else 2 * rules.to
        found.append((opened, last, "unknown" if unknown else "window"))
    return [make_prefix_outage(history, member, former, account, rules, *each) for each in found]

def make_prefix_outage(history, member, former, account, rules, opened, closed, kind):
    start, end = opened >> 1, closed >> 1
    outage = Outage("prefix", history.prefix, history.prefix[0], start, end, kind)
    outage.baseline, outage.opened, outage.closed = member.kind if member else "", opened, closed
    outage.down = sum((min(b, closed) >> 1) - (a >> 1) for a, b, state in history.states.spells(closed)
                      if a >= opened and state != UNKNOWN)
    worst = [(Fraction(counts[1] - counts[2], counts[1]), -a) for a, _, counts in history.counts.spells(closed)
             if a >= opened and history.state(counts) != UNKNOWN]
    outage.depth, outage.worst = max(worst)[0], -max(worst)[1]
    outage.reachable = reachable(account.by_route.get(history.prefix, ()), outage.worst + 1)
    outage.start_uncertainty = loss_uncertainty(history, member, opened)
    if kind == "back": outage.end_uncertainty = return_uncertainty(history, opened, closed)
    outage.losses = losses_of_prefix(history, start, end)
    if member or former: outage.own, used = (member or former).origins, (member or former).used
    else:
        outage.own = used = history.origins(whole_before(history, opened))[1]
    outage.stuck = stuck(history, outage, used)
    outage.stuck_asns = {peer.asn for peer in outage.stuck}
    outage.other_origins = other_origins(history, start, end, kind, outage.own)
    outage.lost_paths = lost_paths(history, outage.worst, outage.stuck)
    outage.surviving = surviving(history, outage.worst + 1, outage.stuck)
    outage.common = common_as(outage.lost_paths, outage.surviving)
    before, behind = whole_before(history, opened), whole_behind(history, closed)
    outage.upstreams_before = upstreams(history, before, outage.stuck)
    outage.upstreams_after = upstreams(history, behind, outage.stuck) if kind == "back" else set()
    return outage

def is_whole(counts):
    """Whether nine tenths of the known vantage ASes see it."""
    return counts[1] and counts[2] * 10 >= counts[1] * 9

def whole_before(history, opened):
    """The moment before an outage up to which nine tenths saw it, else its begin (R48)."""
    found = max((end for _, end, counts in history.counts.spells(opened) if is_whole(counts)), default=None)
    return opened if found is None or (opened >> 1) - (found >> 1) > HOUR else found

def whole_behind(history, closed):
    """The first moment behind an outage at which nine tenths see it again; its end where there is none."""
    for moment, end, counts in history.counts.spells(NEVER):
        if (moment >> 1) - (closed >> 1) > HOUR: break
        if end > closed and is_whole(counts): return max(moment, closed) + 1
    return closed + 1

def stuck(history, outage, used):
    """Peers that keep one unchanged path of a baseline origin for 90 min while over 90 % have none."""
    found = set()
    empty = [(max(a, outage.opened) >> 1, min(b, outage.closed) >> 1)
             for a, b, (full, known, seeing) in history.counts.spells(outage.closed)
             if b > outage.opened and seeing * 10 < known]
    for peer, track in history.peers.items():
        for a, b, (presence, paths, _) in track.spells(outage.closed):
            if presence != PRESENT or len(paths) != 1 or b <= outage.opened: continue
            if a >> 1 > outage.start + GUARD or used.isdisjoint(paths[0][0]): continue
            if sum(max(0, min(b >> 1, y) - max(a >> 1, x)) for x, y in empty) >= STUCK: found.add(peer)
    return found

def other_origins(history, start, end, kind, own):
    until = after(end) if kind == "back" else 2 * end
    moments = [after(start)] + [m + 1 for m in history.moments if 2 * start < m < until]
    return set().union(*(history.origins(moment)[1] for moment in moments)) - own

def upstreams(history, moment, without=()):
    """On the paths in use just before a moment, those of some peers left out."""
    return {upstream for peer, track in history.peers.items() if peer not in without
            and track.before(moment)[0] == PRESENT for way in track.before(moment)[1] for upstream in way[1]}

def lost_paths(history, worst, without):
    """{(peer, path)}: the last paths of the peers that lost it and had none at the worst, stuck ones left out."""
    found = set()
    for peer, track in history.peers.items():
        if peer in without: continue
        held, lost = (), None                           # the last paths; when they were lost, unknown spans passed over
        for moment, (presence, paths, _) in zip(track.moments, track.values):
            if moment > worst: break
            if presence == PRESENT: held, lost = paths, None
            elif presence == ABSENT and held and lost is None: lost = moment
        if lost is not None: found.update((peer, way[2]) for way in held)
    return found

def surviving(history, moment, without):
    """{(peer, path)} in use just before a moment, those of stuck peers left out."""
    return {(peer, way[2]) for peer, track in history.peers.items() if peer not in without
            and track.before(moment)[0] == PRESENT for way in track.before(moment)[1]}

def hops(path):
    """Sets of ASes, nearest to the origin first, prepending removed; confederations passed over."""
    found = []
    for kind, members in path:
        for hop in [set(members)] if kind == 1 else [{asn} for asn in members] if kind == 2 else []:
            if hop and (not found or found[0] != hop): found.insert(0, hop)
    return found

def common_as(lost, kept):
    """The AS nearest to the origins, none itself, on 90 % of the lost paths and few of the surviving (R47)."""
    lost, kept = [hops(path) for _, path in lost], [set().union(*hops(path)) for _, path in kept]
    origins = set().union(*(path[0] for path in lost if path))
    distances = {}
    for path in lost:
        for asn in set().union(*path) - origins:
            distances.setdefault(asn, []).append(next(i for i, hop in enumerate(path) if asn in hop))
    shared = [(sum(d) * 100 // len(d), -len(d), asn) for asn, d in distances.items()
              if len(d) * 10 >= len(lost) * 9 and few(sum(asn in path for path in kept), len(d), len(kept))]
    return min(shared)[2] if shared else None

def few(alive, gone, kept):
    """At most 10 % of the surviving paths have it, or at most 10 % of its own paths survive."""
    return alive * 10 <= kept or alive * 10 <= gone + alive

### Groups

class Group:
    """An AS, or all that is watched, in one family."""
    def __init__(self, scope, entity, family, members, histories, account, rules):
        self.scope, self.entity, self.family, self.rules = scope, entity, family, rules
        self.members = {p: m for p, m in members.items() if p[0] == family}
        self.histories, self.shown = histories, [p for p in histories if p[0] == family and countable(p)]
        self.units = account.of(self.members, family, scope != "asn")
    def standing(self, moment):
        """(visible, unknown) of the members just before a moment."""
        states = [self.histories[p].states.before(moment) for p in self.members]
        return states.count(VISIBLE), states.count(UNKNOWN)
    def status(self, visible, unknown):
        base, high = len(self.members), visible + unknown
        if not base: return ""
        return "up" if visible * 10 >= base * 9 else "down" if high * 2 < base else \
            "degraded" if visible * 2 >= base and high * 10 < base * 9 else "unknown"
    def new(self, moment):
        return sum(self.is_new(self.histories[p], moment) for p in self.shown if p not in self.members)
    def is_new(self, history, moment):
        if history.states.before(moment) != VISIBLE: return False
        return self.scope != "asn" or self.entity in history.origins(moment)[0]
    def row(self, moment):
        """baseline, visible, unknown, new, units of the baseline, how they stand, status."""
        visible, unknown = self.standing(moment)
        return (len(self.members), visible, unknown, self.new(moment), sum(u.number for u in self.units),
                *count_units(self.units, moment), self.status(visible, unknown))
    def moments(self):
        return sorted({m for p in self.members for m in self.histories[p].states.moments if m < 2 * self.rules.to})

def group_outages(group, by_prefix):
    rules, base, found, opened, unclear = group.rules, len(group.members), [], None, None
    series = []                                         # (moment, visible, unknown)
    for moment in group.moments(): series.append((moment, *group.standing(moment + 1)))
    for moment, visible, unknown in series:
        if (visible + unknown) * 2 < base:
            if opened is None: opened = moment
            unclear = None
        elif visible * 100 >= base * (50 + rules.hysteresis):
            if opened is not None: found.append((opened, moment, "back"))
            opened = unclear = None
        elif unclear is None: unclear = moment
    if opened is not None: found.append((opened, unclear or 2 * rules.to, "unknown" if unclear else "window"))
    return [make_group_outage(group, series, by_prefix, *each) for each in found]

def make_group_outage(group, series, by_prefix, opened, closed, kind):
    start, end, base = opened >> 1, closed >> 1, len(group.members)
    outage = Outage(group.scope, group.entity, group.family, start, end, kind)
    outage.opened, outage.closed, outage.down = opened, closed, 0
    kinds = {member.kind for member in group.members.values()}
    outage.baseline = "chosen" if "chosen" in kinds else "inferred" if "inferred" in kinds else "measured"
    worst = (0, 0)
    for at, (moment, visible, unknown) in enumerate(series):
        if not opened <= moment < closed: continue
        following = min(series[at + 1][0] if at + 1 < len(series) else closed, closed)
        high, low = visible + unknown, visible * 2 >= base
        if high * 2 < base or low: outage.down += (following >> 1) - (moment >> 1)
        worst = max(worst, (base - high, -moment))
    outage.depth, outage.worst = Fraction(worst[0], base), -worst[1]
    outage.reachable = reachable(group.units, outage.worst + 1)
    outage.losses = losses_of_group(group.members, by_prefix, start, end, group.rules.begin)
    outage.start_uncertainty, outage.end_uncertainty = group_uncertainties(group, outage)
    lost = {loss.what for loss in outage.losses}
    own = [o for p in lost for o in by_prefix.get(p, ())
           if o.start < end and o.end > start and o.is_listed(group.rules)]
    outage.stuck_asns = {asn for o in own for asn in o.stuck_asns}
    # A member's own outage may last longer than the group's.
    outage.other_origins = set().union(*(other_origins(group.histories[o.entity], o.start, min(o.end, end),
                                                       "back" if o.end > end else o.kind, o.own) for o in own))
    outage.common = common_of(own, group.members, group.histories, outage.worst)
    deepest = [moment for moment, visible, unknown in series
               if opened <= moment < closed and base - visible - unknown == worst[0]]
    deep = {}                                           # of each member its first outage that has a part in one of these
    for o in sorted(own, key=lambda o: o.start):
        if any(o.opened <= moment < o.closed for moment in deepest): deep.setdefault(o.entity, o)
    outage.upstreams_before = set().union(*(o.upstreams_before for o in deep.values()))
    outage.upstreams_after = set().union(*(o.upstreams_after for o in deep.values())) if kind == "back" else set()
    return outage

def common_of(outages, members, histories, worst):
    """That of a group: of its members' outages, each at its own deepest instant, of all else at the group's (R47)."""
    lost = {o.entity for o in outages}
    kept = [o.surviving for o in outages] + [surviving(histories[p], worst + 1, ()) for p in members if p not in lost]
    return common_as(set().union(*(o.lost_paths for o in outages)), set().union(*kept))

def losses_of_group(members, by_prefix, start, end, begin):
    """Which members were lost: first loss and last return of their outages that overlap the group's (R44)."""
    found = []
    for prefix in members:
        spans = [(o.opened, o.closed if o.kind == "back" else None) for o in by_prefix.get(prefix, ())]
        spans = overlapping(spans, start, end, begin)
        if spans: found.append(Loss(prefix, spans[0][0] >> 1, spans[-1][1] and spans[-1][1] >> 1))
    return sorted(found, key=lambda loss: (loss.lost, order(loss.what)))

def group_uncertainties(group, outage):
    """The same of a group, on the recounted states of its members (R45)."""
    base = len(group.members)

    def spells(turned_to):
        tracks = []
        for p, member in group.members.items():
            tracks.append(recount(group.histories[p], turned_to))
            if member.withdrawn is not None:            # before the first withdrawal it counts as visible
                told, tracks[-1] = tracks[-1], Track(VISIBLE)
                tracks[-1].set(2 * member.withdrawn + 1, UNKNOWN)
                for moment, value in zip(told.moments, told.values):
                    if moment > 2 * member.withdrawn: tracks[-1].set(moment, value)
        for moment in sorted({m for track in tracks for m in track.moments}):
            states = [track.before(moment + 1) for track in tracks]
            yield moment, None, (states.count(VISIBLE), states.count(UNKNOWN))
    up = lambda state: state[0] * 2 >= base
    down = lambda state: (state[0] + state[1]) * 2 < base
    return since(spells(ABSENT), outage.opened, up), \
        since(spells(PRESENT), outage.closed, down, outage.opened) if outage.kind == "back" else None

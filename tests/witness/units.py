"""Units of the watched space, /24s and /48s: which routes reach them, at every instant (readings R25 to R30)."""

from bisect import bisect_left

from basics import COVERED, DIRECT, NONE, SHORTEST, UNIT, UNKNOWN, WIDTH, inside, span

class Units:
    """Units that the same routes reach: how many, and how they stand at each instant."""
    def __init__(self, family, routes):
        self.family, self.routes, self.number = family, routes, 0
        self.moments, self.stands = [], []              # how they stand from a moment on
    def judge_baseline(self, replay, members, min_vantage):
        """R27.  Without a measure, they are in no baseline."""
        lengths = sorted({route[1] for route in self.routes}, reverse=True)
        stands = lambda measure: replay.unit(self.family, self.routes, measure, min_vantage)
        reached = next((length for length in lengths if stands(length) == DIRECT), 0)
        self.measure = max([reached] + [route[1] for route in self.routes if route in members])
    def others_reach(self, replay, prefix, min_vantage):
        """Whether routes other than this one reach them."""
        return replay.unit(self.family, [r for r in self.routes if r != prefix], 0, min_vantage) == DIRECT
    def notice(self, moment, replay, min_vantage):
        now = replay.unit(self.family, self.routes, self.measure, min_vantage)
        if not self.stands or self.stands[-1] != now:
            self.moments.append(moment)
            self.stands.append(now)
    def before(self, moment):
        at = bisect_left(self.moments, moment) - 1
        return self.stands[at] if at >= 0 else UNKNOWN

def lay_out(blocks, by_origin, routes):
    """All Units of the watched space: the address line is cut where a block, a prefix or a route begins or ends."""
    found = {}
    for family in (4, 6):
        unit, width = UNIT[family], WIDTH[family]
        of_family = lambda prefixes: [p for p in prefixes if p[0] == family]
        marks = sorted(set(of_family(blocks) + [p for p in of_family(by_origin) if p[1] <= unit]))
        large, small = [p for p in marks if p[1] <= unit], [p for p in marks if p[1] > unit]
        reaching = [p for p in of_family(routes) if p[1] >= SHORTEST[family]]
        cuts = sorted({at for p in large + [r for r in reaching if r[1] <= unit] for at in span(p)})
        pieces = list(zip(cuts, cuts[1:])) if large else []
        pieces += [span(p) for p in small if not any(q != p and inside(p, q) for q in marks)]
        for first, end in pieces:
            holding = lambda prefixes: [p for p in prefixes if span(p)[0] <= first and end <= span(p)[1]]
            if not holding(marks): continue
            key = family, tuple(holding(reaching))
            found.setdefault(key, Units(*key)).number += (end - first) >> (width - unit) or 1
    return [units for units in found.values() if units.routes]

class Account:
    """Follows how the units of any baseline stand."""
    def __init__(self, units, min_vantage):
        self.units, self.min_vantage = [u for u in units if u.measure], min_vantage
        self.by_route = {}
        for u in self.units:
            for route in u.routes: self.by_route.setdefault(route, []).append(u)
    def notice(self, moment, replay, dirty):
        for u in {u for prefix in dirty for u in self.by_route.get(prefix, ())}:
            u.notice(moment, replay, self.min_vantage)
    def of(self, members, family, everything):
        """The units of a group's baseline: those inside its members; of a country or watch list, any."""
        return [u for u in self.units if u.family == family
                and (everything or any(route in members for route in u.routes))]

def count_units(units, moment):
    """(direct, covered, none, unknown) just before a moment."""
    stands = {DIRECT: 0, COVERED: 0, NONE: 0, UNKNOWN: 0}
    for u in units: stands[u.before(moment)] += u.number
    return tuple(stands.values())

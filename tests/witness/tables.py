"""The tables, as CSV."""

from basics import SECOND, exact, order, show, stamp
from events import Sweep, Told

MINUTE = 60 * SECOND
SCOPES = ["country", "asn", "watch"]            # in the order of events that begin at one instant

def write_minutes(player, shown, begin, to):
    """Prefixes and upstreams, minute by minute."""
    tables = {"upstreams": ["minute,prefix,via"],
              "prefixes": ["minute,prefix,peer_asns_full,peer_asns_known,peer_asns_seeing,seeing_min,seeing_max,"
                           "origins"]}
    replay, seeing, rows = player.replay, player.seeing, {}
    names = {prefix: show(prefix) for prefix in shown}
    player.advance(begin)
    player.start_ribs(begin)
    for minute in range(begin - begin % MINUTE, to, MINUTE):
        extremes = {prefix: (now, now) for prefix, now in seeing.items()}       # the state it began with
        player.advance(min(minute + MINUTE, to), extremes)
        rows.update((prefix, replay.row(prefix)) for prefix in player.changed)
        player.changed.clear()
        for prefix in shown:
            full, known, sees, origins, via = rows[prefix]
            assert sees == seeing[prefix], names[prefix]
            origins = asn_list(map(int, origins.split()))
            row = stamp(minute), names[prefix], full, known, sees, *extremes[prefix], origins
            tables["prefixes"].append(",".join(map(str, row)))
            tables["upstreams"].append(f"{stamp(minute)},{names[prefix]},{via}")
    return tables

def asn_rows(groups, begin, to):
    """ASes and countries, minute by minute."""
    rows = ["minute,asn,family,prefixes_baseline,prefixes_visible,prefixes_unknown,prefixes_new,units_baseline,"
            "units_direct,units_covered,units_none,units_unknown,status"]
    for minute in range(begin - begin % MINUTE, to, MINUTE):
        for (scope, entity), families in groups.items():
            for group in families if scope != "watch" else ():
                row = group.row(2 * min(minute + MINUTE, to))
                rows.append(",".join(map(str, (stamp(minute), entity, group.family, *row))))
    return rows

def ratio(value, half_up=10_000):
    """Four decimals, rounded half up."""
    if value is None: return ""
    whole = (2 * value.numerator * half_up + value.denominator) // (2 * value.denominator)
    return f"{whole // half_up}.{whole % half_up:04}"

def asn_list(asns):
    return " ".join(f"AS{asn}" for asn in sorted(asns))

def seconds_up(time):
    """Whole seconds, rounded up: an uncertainty."""
    return "" if time is None else -(-time // SECOND)

def named(scope, what):
    """A prefix, an AS, a country."""
    return show(what) if scope == "prefix" else f"AS{what}" if scope == "asn" else what

def empty(value):
    return "" if value is None else value

def number_events(groups, histories, by_prefix, rules):
    """[(number, scope, entity, Told)], those of which something lies in the window."""
    found = []
    for (scope, entity), families in groups.items():
        members = {p: m for group in families for p, m in group.members.items()}
        sweep = Sweep(members, histories, rules)
        found += [(scope, named(scope, entity), Told(event, sweep, families, histories, by_prefix))
                  for event in sweep.run() if event.closed >> 1 > rules.begin]
    found.sort(key=lambda each: (each[2].start, SCOPES.index(each[0]), each[1]))
    return [(at + 1, *each) for at, each in enumerate(found)]

def event_of(outage, told, to):
    """The event of the same entity that overlaps an outage most; of a prefix one that it was lost in, an AS's first."""
    best = ((False, 0), "")
    for number, scope, entity, event in told:
        end = max(event.end, to if event.last_back is None else event.last_back)
        if outage.scope == "prefix":
            if outage.entity not in event.members: continue
        elif (scope, entity) != (outage.scope, named(outage.scope, outage.entity)): continue
        overlap = min(outage.end, end) - max(outage.start, event.start)
        if overlap > 0 and (scope == "asn", overlap) > best[0]: best = ((scope == "asn", overlap), number)
    return best[1]

def sort_key(outage):
    return outage.scope, named(outage.scope, outage.entity), outage.family, outage.start

def outage_rows(outages, told, to):
    rows = ["event,scope,entity,family,start,end,end_kind,duration_s,down_s,start_uncertainty_s,end_uncertainty_s,"
            "depth,baseline,first_lost,last_lost,upstreams_before,upstreams_after,common_as,other_origins,stuck_peers,"
            "reachable"]
    for o in sorted(outages, key=sort_key):
        times = [loss.lost for loss in o.losses]
        pick = lambda time: [loss.what for loss in o.losses if loss.lost == time]
        write = asn_list if o.scope == "prefix" else lambda what: " ".join(map(show, sorted(what, key=order)))
        first, last = (write(pick(min(times))), write(pick(max(times)))) if times else ("", "")
        row = (event_of(o, told, to), o.scope, named(o.scope, o.entity), o.family, exact(o.start), exact(o.end),
               o.kind, (o.end - o.start) // SECOND, o.down // SECOND, seconds_up(o.start_uncertainty),
               seconds_up(o.end_uncertainty), ratio(o.depth), o.baseline, first, last,
               asn_list(o.upstreams_before), asn_list(o.upstreams_after), empty(o.common),
               asn_list(o.other_origins), asn_list(o.stuck_asns), ratio(o.reachable))
        rows.append(",".join(map(str, row)))
    return rows

def loss_rows(outages):
    rows = ["scope,entity,family,start,position,lost,lost_at,back_at"]
    for o in sorted(outages, key=sort_key):
        for loss in o.losses:
            position = 1 + sum(other.lost < loss.lost for other in o.losses)
            what = f"AS{loss.what}" if o.scope == "prefix" else show(loss.what)
            row = (o.scope, named(o.scope, o.entity), o.family, exact(o.start), position, what, exact(loss.lost),
                   "" if loss.back is None else exact(loss.back))
            rows.append(",".join(map(str, row)))
    return rows

def event_rows(told):
    rows = ["event,scope,entity,families,start,end,end_kind,start_uncertainty_s,end_uncertainty_s,baseline,"
            "prefixes_baseline,prefixes_lost_max,worst_at,down_from,down_to,half_back_at,last_back_at,still_lost,"
            "prefix_seconds_lost,prefix_seconds_lost_before,units_none_max,units_covered_max,first_lost,last_lost,"
            "common_as,upstreams_before,upstreams_during,upstreams_after,other_origins,collectors,prefixes"]
    time = lambda at: "" if at is None else exact(at)
    for number, scope, entity, e in told:
        row = (number, scope, entity, " ".join(map(str, e.families)), exact(e.start), exact(e.end), e.kind,
               seconds_up(e.start_uncertainty), seconds_up(e.end_uncertainty), e.baseline, e.prefixes_baseline,
               e.lost_max, exact(e.worst),
               time(e.down_from), time(e.down_to), time(e.half_back), time(e.last_back), e.still, e.seconds,
               e.seconds_before, e.none_max, e.covered_max, asn_list(e.first_lost), asn_list(e.last_lost),
               empty(e.common), asn_list(e.upstreams_before), asn_list(e.upstreams_during), asn_list(e.upstreams_after),
               asn_list(e.other_origins), " ".join(e.collectors), " ".join(map(show, e.members)))
        rows.append(",".join(map(str, row)))
    return rows

#!/usr/bin/env python3
"""witness: an independent second implementation of dropline's tables.

It reads a local mirror of the RouteViews / RIPE RIS archives and prints, as CSV, the tables that `--tables` names, each
behind an empty line:
    prefixes    minute,prefix,peer_asns_full,peer_asns_known,peer_asns_seeing,seeing_min,seeing_max,origins
    upstreams   minute,prefix,via                                          (via: upstream=vantage ASes ...)
    asns        of ASes, and of the country by its code
    outages, losses, events
with the columns of the design's section 3, by its sections 1 ("What the words mean") and 2 ("Replay rules") and the
project's decisions on them, and nothing else.  It shares no code with the Rust program.  Python 3.9+, standard library
only.  Files are unpacked in memory.

    witness.py --archive DIR --from T --to T --collector NAME [--collector NAME]... [--prefix P]... [--asn N]...
               [--country CC --delegated FILE] [--full-feed SHARE|N|all|ioda] [--silence SECONDS]
               [--rib-lookback HOURS] [--min-vantage N] [--baseline-at T] [--min-life MINUTES] [--min-outage SECONDS]
               [--hysteresis POINTS] [--tables prefixes,asns,outages,losses,events]

The modules, in the order of the work: mrt (bytes to messages), archive (files to events), units, replay (who has what),
baseline (histories and members), outages (of prefixes and groups), events, tables; basics is what all of them use.

Exit: 0 done, 2 wrong usage (also: no RIB at all without `--full-feed all`).  Notes go to stderr.
READINGS: where the design is silent or ambiguous, this is what the program does.

 Files and time
 R1  The start RIB is the newest RIB whose *name* time is <= from (and >= from - look-back) and from which at least one
     unicast route could be read.  A cut one still starts the replay (what it does not list is unknown); the newest
     older whole RIB in the look-back then only judges full feed (and, under `all`, lists its peers).
 R2  "Not before the RIB's first record": header time of its first MRT record (the peer index table).  The update file
     before the one in progress is read too, since its last record may carry that second; records stamped earlier than
     the RIB are ignored for every purpose.
 R3  Without a RIB: read from the file in progress at `from` = the newest file named <= from whose span plus tolerance
     reaches past `from`; all its records count, those before `from` too.
 R4  Files named >= to are not read; records stamped >= to count for nothing (not for the 300 s of a silence either).
 R5  A hole starts at the span's end, before the records stamped then (like a settle).  The rest of a cut file's span
     starts right after its last read record, in record order, without tolerance; at its name's time if nothing could
     be read; there is none if that record is at or past the span's end.  The first hole is measured from the RIB's
     first record; the tolerance is a third of the step of the file (or RIB) before the hole.
 R6  A hole is an event, not a veto: whatever is told inside it (stray records, a later RIB) counts.
 R7  A 0-byte or unrecognised file is undecodable (its span is a gap); a good .gz/.bz2 that unpacks to nothing is
     covered.  The "failing block" of a .gz is the gzip member: nothing of it counts when its CRC or length is wrong
     (what inflates before a cut does; before an inflate error, all but the last 16 MiB).  Of a .bz2 it is the bzip2
     block.
 R8  A later RIB is one named after `from` and before `to`; it is applied only if its last record is before `to`.  At
     equal (time, file start) the RIB acts before update records.
 Peers and counting
 R9  Full feed is judged per (peer, family) by the first whole RIB that lists the peer in the family; a late peer counts
     from that RIB's application on.  The yardstick is taken over all those tables of the run, late ones included.  A
     table is the number of distinct prefixes; an absolute number means "at least".  `--full-feed X` is a share if it
     has a point or a % sign, else a number.
 R10 `all`: peer_asns_full counts peers that a RIB lists in the family (from its application on) or that announced or
     withdrew a unicast prefix of the family before the minute's end (an End-of-RIB, a state record, a damaged record
     is not "heard").
 R11 `all`, a peer that no RIB lists takes part for a prefix (known, seeing, "all of them absent") from its first word
     about it, or once a settled start makes it absent (the row "no RIB at all" names that); before, it does not make
     its AS unknown.  For a unit: from its first word about any route that reaches it, or once one is settled.
 R12 `origins` = origins of the routes present at counted peers at the minute's end.
 R13 seeing_min/_max: the value at the previous minute's end (first minute: all records before `from`, and the start RIB
     even if stamped `from`), then after each distinct timestamp.  A hole beginning exactly at `from` is a step inside
     the first minute.
 R14 Occurrence and origin watching look at the start RIB, at later RIBs' records stamped < to and at update records,
     not at the older RIB that only judges full feed.
 Sessions
 R15 A peer's first good UPDATE (any SAFI, End-of-RIB included) while it is lost is the start, also when a gap or a RIB
     lies in between; its contents are applied after the start.
 R16 Silence: every MRT record of the peer counts as a record; covered time only; >= 600 s (or S).  A RIB in between
     does not break a silence but its word is taken.  "Half as many prefixes as its table held": distinct prefixes
     of both families in [t, t + 300 s] against the judging RIB's tables of both families.  A peer full in any family
     is eligible, and unknown in both.  The "earlier state" that returns is the state it would have had without the
     silence (gaps, settles and RIBs in between included).
 R17 Only a peer's words about the prefix protect it from a later RIB, a loss or gap during the dump does not: protected
     if the last word is at or after (peer's first record - 60 s); what is protected may stay unknown.
 R18 A peer (or family) that a later RIB does not list is left as it is.
 R19 ADD-PATH: knowledge is per path id.  After a loss or gap the paths known before are unknown one by one; withdrawing
     one makes the prefix absent only if no path is left present or unknown.  "No path id" is a key of its own.
 Decoding
 R20 Damaged = cannot be decoded: lengths that do not fit or do not fill the record, prefix length > 32/128, AS_PATH
     segments that do not fit or of unknown type, unassigned MRT type, unknown BGP4MP subtype or AFI, peer index out of
     range; a marker that is not all ones; contents that a message of the type cannot have (KEEPALIVE: none, and so on);
     attribute lengths for which RFC 7606 has the message treated as a withdrawal; attributes but no routes; a broken
     AS4_PATH where AS_PATH leaves the origin to it (AS_TRANS); a NULL record without a time (a hole of zeros); a record
     of a type that says nothing whose body is one that does say something.  The whole record is skipped.  Flags and
     missing attributes other than AS_PATH are not checked.  One damaged record makes a RIB "not whole".
 R21 Clipped = MRT body of exactly 4,096 bytes whose UPDATE is longer than what is there, whatever the year.  Whole
     prefixes before the cut count, those in MP_(UN)REACH too.
 R22 LOCAL messages (sent by the collector) are not the peer's word (see LOCAL_COUNTS).
 R23 AS4_PATH is merged only on 2-byte records (RFC 6793 4.2.3 with its AGGREGATOR rule); a malformed one is ignored.
     Origin: of the last non-confederation segment; an empty or missing path has none.
 R24 Unicast = AFI 1/2 with SAFI 1.  An UPDATE under an ADDPATH subtype has path ids in all its prefixes.
 Units and upstreams
 R25 The watched space: the blocks, and the prefixes outside of them that are watched for their origin and are no longer
     than a unit.  A block smaller than a unit is one if no larger block or such prefix holds it.
 R26 A route reaches a unit if it holds it whole and is at least a /8 (IPv6: /16).  Routes: the watched prefixes, and
     those that are less specific than a block or such a prefix and contain it; as far as they occur.  Where none
     occurs, the unit is none at a peer whose table is known otherwise, else unknown.
 R27 "The most specific that reached the unit in the baseline" is one length for all peers: the longer of the greatest
     L such that, with L as the measure, at least half of the known vantage ASes have the unit direct at the baseline's
     instant, and of the longest member that holds it.  Without either it is in no baseline.
 R28 At a peer: direct if a route of that length or more is present; else unknown if one of those is unknown; else
     covered if a shorter one is present; else unknown if one is unknown; else none.  A vantage AS: the best of its
     counted peers (direct, covered), none if all have none, else unknown.
 R29 A unit: unknown if known ASes are fewer than half of the full-feed ones or than `--min-vantage`; direct if half of
     the known or more have it direct; covered if half or more have it direct or covered; else none.
 R30 An ASN's units: those inside its members (of /8, IPv6 /16, or longer); a country's: those in a baseline (R27).
     These four numbers add up to units_baseline.
 R31 Upstream: going from the origin towards the peer, the first AS that is not the origin; of an AS_SET all members
     but the origin; of an origin in an AS_SET, each member's.  Confederations are passed over.  A path with no other
     AS has none.  Counted: vantage ASes of counted peers with a present path through it.
 Baseline
 R32 A start RIB acts at its first record's time, at the latest at `from`, as a step of its own before all else of that
     time; before it, its peers are unknown, and counted in peer_asns_full.
 R33 A run of visibility that had begun before the replay begins with its first visible instant. `--min-life 0`: any.
     The first known state may lie in the window, too (without a RIB); a loss less than 60 min after it makes a member.
 R34 Superseded: lost at the baseline's instant, found by the look back alone (or inferred), and half or more of its
     units have, at half of the known vantage ASes (R29), a route of /8 (IPv6 /16) or longer that is not the prefix
     itself. It keeps the outages of a prefix that had been visible for `--min-life`; `baseline` is empty there.
 R35 `--baseline-at`: no look back, and no inferred members.
 R36 Inferred: the words of counted peers; of a vantage AS the earliest, of one instant an announcement first. A peer
     that infers nothing is judged by the watched prefixes, so that a slice tells the same; its announcements count.
     Origins: of each vantage AS the first path that it announces.
 Groups
 R37 Rows: the families in which an AS has members, and, where it was asked for, in which it ever originated a watched
     prefix; where neither, both. A country: the families of its blocks and watched prefixes. The ASNs that a registry
     gives to the country are asked for. `watch`: no AS group at all, and no country.
 R38 `prefixes_new` of an AS: at least half of the vantage ASes that see the prefix have it from that AS.
 Outages
 R39 The closing threshold of `--hysteresis` applies to prefixes and groups, not to events and no status. What is visible
     below it is known (down_s), and ends an end's uncertainty no more than visible does otherwise.
 R40 All begins with the replay; listed is what ends behind `from` and is no shorter than `--min-outage`. The first
     known state opens an outage where it is lost and the prefix a member.
 R41 A group's outage that is open at the window's end while its bounds tell neither way is `unknown` from there on.
 R42 A group's `baseline` is `inferred` where one of its members is.
 R43 Greatest depth: the first instant of it. `reachable` is taken then; of a prefix: of the units of any baseline (R27)
     that it holds, where it is a /8 (IPv6: /16) or longer.
 R44 An absence of a vantage AS that had the prefix (or whose first word was its withdrawal, where it is inferred):
     unknown in between does not end it. Losses of a prefix are the absences, of a group its members' outages, that
     overlap the outage, the latter without what ends before the window: lost_at of the first, back_at of the last.
 R45 Uncertainty: every loss (for an end: return) at a peer, whenever it was known, is put as early as it may have been:
     to the beginning of the unknown span before it, or, where only a RIB told, to the last word about the prefix
     (without one: to the RIB before). It is the time since when the state so counted anew has not been visible (for an
     end: not lost) without a break; an end is never before its start. Whole seconds, rounded up. Of groups the same, on
     their members' states. An inferred member counts as visible before the first of its withdrawals.
 R46 Stuck: one path (an ADD-PATH peer with several is none). Where no member: the origins in use when nine tenths last
     saw it (R48).
 R47 common_as: lost paths are one for each peer and path: the last ones of the peers, not stuck, that have lost theirs
     at the outage's greatest depth; the surviving ones those in use then. Of a group or event: over the outages of its
     members, and of members without one what they have at its own worst. Nearest: the least mean distance from the
     origin (prepending removed, in hundredths, rounded down) on the lost paths that have it; then the most lost paths;
     then the lowest ASN.
 R48 upstreams_before: at the last instant, at most 1 h before the start, at which nine tenths of the known vantage ASes
     saw it, else at the instant before the start. upstreams_after: at the first instant, at most 1 h after the end, at
     which nine tenths see it, else at the end. Stuck peers are left out. Of a group those of the first listed outage of
     each member that reaches into an instant of its greatest depth; of an event those before the first, and after the
     last, of each member's listed outages that overlap it. `event` of a prefix: of those in which it was lost, until
     their last return, an AS's before a country's.
 R49 other_origins: of routes in use at any instant from the start to the end, the return's instant included; of a
     prefix that is no member those that were not in use when nine tenths last saw it (R48), of a superseded one those
     that are not the origins of the member that it would have been. Of a group or event: of its members' outages.
 Events
 R50 Lost, visible, or neither: also a member that is lost and has never been visible is neither.
 R51 An early end is at the instant of some change; the 600 s behind it end before the window does, and the event would
     still be open at their end without it; "becomes lost" is to come into the event's set. Back, for it and for
     half_back_at, is what was seen visible and was not lost again: unknown does not undo it.
 R52 Two that are merged: the set runs on in between, so members stay in it and come into it; they are not told of where
     the two are not merged. Opening again is by the members that are lost then.
 R53 The end of kind `unknown`: the last instant at which any of the event's members was known to be lost. down_to: the
     end, where it does not cease before. still_lost and prefixes: how many; all that were ever in the set.
 R54 Uncertainty of the start: the loss that made up the tenth, among the members lost then, each at its earliest (R45);
     of two families the earlier. Of the end: the last return that was needed, each at its earliest, and at an early end
     not before the last loss.
 R55 first_lost, last_lost: by each vantage AS's first loss (R44) in the spans of loss of the event's members.
 R56 upstreams_during: at the greatest depth of its members' outages, stuck peers left out. collectors: those whose own
     peers (half of their vantage ASes known, one at the least) had lost half of the event's prefixes or more, each at
     some instant of its span of loss, having had it visible before (or from the first withdrawal on, where it is
     inferred).
 R57 units_none_max, units_covered_max: each family's own greatest, added up.
"""

import argparse, ipaddress, sys
from fractions import Fraction

sys.dont_write_bytecode = True      # tests run it from many processes at once

from archive import Collector, find_holes, find_silences, first_pass, is_ris, judge_full_feed, second_pass
from baseline import NEVER, Recorder, find_inferred, find_members, superseded
from basics import LOST, SECOND, SHORTEST, UNIT, WIDTH, instant, inside, note, order, parse_prefix, span
from outages import Group, Rules, group_outages, prefix_outages
from replay import Player, Replay
from tables import asn_rows, event_rows, loss_rows, number_events, outage_rows, write_minutes
from units import Account, lay_out

def parse_rule(text):
    if text in ("all", "ioda"): return text
    if text.endswith("%"): return Fraction(text[:-1]) / 100
    return Fraction(text) if "." in text else int(text)

def read_delegated(path, country):
    """Blocks and ASNs that an RIR's statistics give to a country."""
    blocks, asns = [], []
    with open(path) as file: lines = [line.strip().split("|") for line in file]
    for fields in lines:
        if len(fields) < 7 or fields[1].upper() != country.upper(): continue
        if fields[6] not in ("allocated", "assigned"): continue
        kind, first, value = fields[2], fields[3], int(fields[4])
        if kind == "asn": asns += range(int(first), int(first) + value)
        elif kind == "ipv6": blocks.append(f"{first}/{value}")
        else:
            start = ipaddress.ip_address(first)
            blocks += map(str, ipaddress.summarize_address_range(start, start + value - 1))
    return blocks, asns

def make_watch(blocks):
    """A dict of answers and the test "is it equal to or inside a block, or was it added by its origin"."""
    answers, nets = {}, [(b[0], b[1], span(b)[0] >> (WIDTH[b[0]] - b[1])) for b in blocks]

    def watched(prefix):
        if prefix not in answers:
            bits, width = int.from_bytes(prefix[2:], "big"), (len(prefix) - 2) * 8
            answers[prefix] = any(family == prefix[0] and length <= prefix[1] and bits >> (width - length) == top
                                  for family, length, top in nets)
        return answers[prefix]
    return answers, watched

def make_covering(blocks, given):
    """The test "is it less specific than a block, or a prefix of a watched origin, and contains it" (R26)."""
    wide, answers = set(), {}
    for p in blocks + [p for p in given if p[1] <= UNIT[p[0]]]:
        for length in range(SHORTEST[p[0]], p[1]): wide.add((p[0], length, span(p)[0] >> (WIDTH[p[0]] - length)))

    def covering(p):
        if p not in answers: answers[p] = (p[0], p[1], span(p)[0] >> (WIDTH[p[0]] - p[1])) in wide
        return answers[p]
    return covering

def read_archive(args, begin, to, blocks, asns, watched, answers):
    """The collectors with their events, all prefixes that matter, and which of them are watched for whose sake."""
    rule, lookback = parse_rule(args.full_feed), int(args.rib_lookback * 3600 * SECOND)
    collectors = [Collector(name, args.archive, begin, to, lookback, asns) for name in dict.fromkeys(args.collector)]
    if rule != "all" and not any(c.ribs() for c in collectors): return None
    judge_full_feed(collectors, rule, to)
    for c in collectors:
        find_holes(c, to)
        silent = not is_ris(c.name) and (rule != "all" or args.silence is not None)
        first_pass(c, to, asns, silent)
        c.bursts = {}
        if silent: find_silences(c, int((args.silence or 600) * SECOND), to)
    given = {}                                          # prefix -> watched ASNs that originated it
    for c in collectors:                                # all of their records count, earlier ones too
        for found in [c.of_origin] + [rib.of_origin for rib in c.ribs()]:
            for prefix, by in found.items(): given.setdefault(prefix, set()).update(by)
    answers.update(dict.fromkeys(given, True))
    covering = make_covering(blocks, given)
    wanted = lambda prefix: watched(prefix) or covering(prefix)
    prefixes = set()
    for c in collectors:
        for rib in c.ribs():
            rib.collect(wanted, to)
            prefixes |= rib.occurred
            if rib is c.start:
                c.events.append(((min(rib.first, begin), -1, rib.name_time, -1, 0), "start rib", None, rib))
            elif rib.last < to: c.events.append(((rib.last, 1, rib.name_time, -1, 0), "rib", None, rib))
        prefixes |= second_pass(c, to, wanted)
        for (identity, family), since in c.full.items():
            if since is not None: c.events.append(((since, 1, 0, 0, 0), "count", identity, (family, True)))
        for (identity, family), time in c.heard.items() if rule == "all" else ():
            c.events.append(((time, 1, 0, 0, 0), "count", identity, (family, False)))
    for rib in [rib for c in collectors for rib in c.ribs()]:       # the records stamped >= to, again
        for identity, routes in rib.routes.items():
            rib.routes[identity] = {prefix: paths for prefix, paths in routes.items() if prefix in prefixes}
    return collectors, sorted(prefixes, key=order), given

def find_groups(args, delegated, members, given, blocks, histories, account, rules):
    """{(scope, entity): [Group of a family]}: the ASes that were asked for, the baseline origins of what lies in the
    blocks, the country, or all that is watched where there is neither."""
    asked = set(args.asn) | set(delegated)
    asns = asked | {o for p, m in members.items() if any(inside(p, block) for block in blocks) for o in m.origins}
    groups = {}
    for asn in sorted(asns):
        own = {p: m for p, m in members.items() if asn in m.origins}
        families = {p[0] for p in own} | ({p[0] for p, by in given.items() if asn in by} if asn in asked else set())
        families = families or {4, 6}
        groups["asn", asn] = [Group("asn", asn, f, own, histories, account, rules) for f in sorted(families)]
    whole = ("country", args.country.upper()) if args.country else None if groups else ("watch", "watch")
    if whole:
        families = {p[0] for p in blocks} | {p[0] for p in histories}
        groups[whole] = [Group(*whole, f, members, histories, account, rules) for f in sorted(families)]
    return groups

def run(args):
    begin, to = instant(args.begin), instant(args.to)
    of_country = read_delegated(args.delegated, args.country) if args.country else ([], [])
    blocks = [parse_prefix(text) for text in args.prefix + of_country[0]]
    answers, watched = make_watch(blocks)
    found = read_archive(args, begin, to, blocks, set(args.asn + of_country[1]), watched, answers)
    if not found:
        note("no RIB at all; hint: `--full-feed all`")
        return 2
    collectors, prefixes, given = found
    events = sorted(((key, c.name, what, identity, payload) for c in collectors
                     for key, what, identity, payload in c.events), key=lambda event: event[:2])
    note(f"{len(prefixes)} prefixes, {len(events)} events")
    rule = parse_rule(args.full_feed)
    shown = [prefix for prefix in prefixes if watched(prefix)]
    by_origin = [prefix for prefix in shown if not any(inside(prefix, block) for block in blocks)]
    rules = Rules(begin, to, int(args.min_life * 60 * SECOND), int(args.min_outage * SECOND), args.hysteresis,
                  args.min_vantage)
    recorder = Recorder(shown, args.min_vantage)
    player = Player(Replay(collectors, prefixes, rule), events, recorder.notice)
    player.advance(to)
    whole, histories = player.replay, recorder.histories
    at = instant(args.baseline_at) if args.baseline_at else begin
    player = Player(Replay(collectors, prefixes, rule), events)
    player.advance(at)
    player.start_ribs(at)
    player.advance(at + 1, only="rib")                  # RIBs stamped then are part of it
    snapshot = Recorder(shown, args.min_vantage)
    snapshot.notice(0, player.replay, shown)
    members, looked_back = find_members(histories, snapshot.histories, begin, to, rules.min_life,
                                        bool(args.baseline_at))
    units = lay_out(blocks, by_origin, prefixes)
    if not args.baseline_at and not any(c.ribs() for c in collectors):
        inferred = {p: m for p, m in find_inferred(histories, whole, to).items() if p not in members}
        members.update(inferred)
        looked_back |= {p for p in inferred if snapshot.histories[p].states.before(NEVER) == LOST}
    gone = superseded(looked_back, units, player.replay, args.min_vantage)
    former = {prefix: members.pop(prefix) for prefix in gone}
    kinds = [member.kind for member in members.values()]
    note(f"{len(members)} members, {len(looked_back - gone)} lost before the window, "
         f"{kinds.count('inferred')} inferred, {len(gone)} superseded")
    for u in units: u.judge_baseline(player.replay, members, args.min_vantage)
    account = Account(units, args.min_vantage)
    groups = find_groups(args, of_country[1], members, given, blocks, histories, account, rules)
    player = Player(Replay(collectors, prefixes, rule), events, account.notice)
    tables = write_minutes(player, shown, begin, to)
    tables["asns"] = asn_rows(groups, begin, to)
    by_prefix = {p: prefix_outages(history, members.get(p), former.get(p), account, rules)
                 for p, history in histories.items() if p[1] <= UNIT[p[0]]}
    of_groups = [o for families in groups.values() for group in families if group.scope != "watch"
                 for o in group_outages(group, by_prefix)]
    told = number_events(groups, histories, by_prefix, rules)
    outages = [o for o in [o for found in by_prefix.values() for o in found] + of_groups if o.is_listed(rules)]
    tables["outages"], tables["losses"] = outage_rows(outages, told, to), loss_rows(outages)
    tables["events"] = event_rows(told)
    print("\n\n".join("\n".join(tables[table]) for table in args.tables.split(",")))
    return 0

def main():
    parser = argparse.ArgumentParser(description="independent witness of dropline's tables")
    for name, target in (("--archive", "archive"), ("--from", "begin"), ("--to", "to")):
        parser.add_argument(name, dest=target, required=True)
    parser.add_argument("--collector", action="append", required=True)
    parser.add_argument("--prefix", action="append", default=[])
    parser.add_argument("--asn", action="append", default=[], type=int)
    parser.add_argument("--country")
    parser.add_argument("--delegated")
    parser.add_argument("--min-vantage", default=3, type=int)
    parser.add_argument("--min-life", default=60, type=float)
    parser.add_argument("--min-outage", default=0, type=float)
    parser.add_argument("--hysteresis", default=0, type=int)
    parser.add_argument("--baseline-at")
    parser.add_argument("--tables", default="prefixes")
    parser.add_argument("--full-feed", default="0.75")
    parser.add_argument("--silence", type=float)
    parser.add_argument("--rib-lookback", type=float, default=24.0)
    args = parser.parse_args()
    if not (args.prefix or args.asn or args.country): parser.error("--prefix, --asn or --country is needed")
    return run(args)

if __name__ == "__main__":
    sys.exit(main())

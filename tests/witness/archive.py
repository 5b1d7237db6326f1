"""An archive's files: layout, what a first and a second look at them find, full feed, silences."""

import glob, os, re
from array import array
from datetime import datetime
from fractions import Fraction

from basics import SECOND, micros, note, stamp
from mrt import Damage, rib_records, rib_way, session_records, unpack

BURST = 300 * SECOND

### Archive layout

def is_ris(collector):
    return re.fullmatch(r"rrc\d\d", collector) is not None

def list_files(archive, collector):
    """(ribs, updates), each a sorted list of (name's time, path)."""
    roots, rib, update = [collector], "*/bview.*.gz", "*/updates.*.gz"
    if not is_ris(collector):                           # route-views2: one archive under two roots, read once
        roots = [collector + "/bgpdata"] + ["bgpdata"] * (collector == "route-views2")
        rib, update = "*/RIBS/rib.*.bz2", "*/UPDATES/updates.*.bz2"

    def found(pattern):
        files = {}
        for root in roots:
            for path in sorted(glob.glob(os.path.join(glob.escape(archive), root, pattern))):
                match = re.search(r"\.(\d{8}\.\d{4})\.\w+$", path)
                if match: files.setdefault(micros(datetime.strptime(match[1], "%Y%m%d.%H%M")), path)
        return sorted(files.items())
    return found(rib), found(update)

def step_of(collector, start):
    """Nominal span of an update file: RIS 5 min (15 before July 2003), RouteViews 15 min."""
    return (300 if is_ris(collector) and start >= micros(datetime(2003, 7, 1)) else 900) * SECOND

### Reading a collector

class Rib:
    """What a first look at a RIB tells: times, table sizes, whether it is whole, prefixes of watched origins."""
    def __init__(self, name_time, path, asns, to):
        self.name_time, self.path, self.first, self.last, self.entries = name_time, path, None, 0, 0
        self.sizes, self.first_of, self.of_origin = {}, {}, {}      # (peer, family) -> n; peer -> time; R14
        self.routes, self.occurred = {}, set()                      # filled by collect
        data, self.whole = unpack(path)
        bits, seen = {}, {}                                         # seen: prefix -> mask of peers
        for time, prefix, entries in rib_records(data):
            try:
                if isinstance(entries, Damage): raise entries
                if self.first is None: self.first = time
                self.last = max(time, self.last)
                origins = [rib_way(attributes, size)[0] for _, _, attributes, size in entries]
            except Damage as error:
                self.whole = False
                note(f"{path}: {error}")
                continue
            mask = seen.get(prefix, 0)
            for (peer, _, _, _), origin in zip(entries, origins):
                bit = bits.setdefault(peer, 1 << len(bits))
                if not mask & bit: self.sizes[peer, prefix[0]] = self.sizes.get((peer, prefix[0]), 0) + 1
                mask |= bit
                self.first_of.setdefault(peer, time)
                if time < to and not asns.isdisjoint(origin):
                    self.of_origin.setdefault(prefix, set()).update(asns.intersection(origin))
            if prefix: seen[prefix] = mask
            self.entries += len(entries)
    def collect(self, watched, to):
        """Second look: routes[peer][prefix] = {path id: way} of the watched prefixes and those that cover them."""
        for time, prefix, entries in rib_records(unpack(self.path)[0]):
            if prefix is None or not watched(prefix): continue
            try: routes = [(peer, path_id, rib_way(a, size)) for peer, path_id, a, size in entries]
            except Damage: continue
            for peer, path_id, way in routes:
                self.routes.setdefault(peer, {}).setdefault(prefix, {})[path_id] = way
                if time < to: self.occurred.add(prefix)

class Collector:
    """One collector's files for the question (R1, R2, R3, R8) and what they hold; filled by the functions below."""
    def __init__(self, name, archive, begin, to, lookback, asns):
        self.name, self.gaps, self.events = name, [], []    # gaps: (start, end) of holes and rests of cut files
        self.start = self.older = None      # the RIB that starts the replay; an older whole one if that is cut
        rib_files, update_files = list_files(archive, name)
        for name_time, path in reversed([f for f in rib_files if begin - lookback <= f[0] <= begin]):
            if self.start and self.start.whole or self.older: break
            rib = Rib(name_time, path, set() if self.start else asns, to)
            if not rib.entries: note(f"{path}: no route could be read, an older RIB is looked for")
            elif not self.start: self.start = rib
            elif rib.whole: self.older = rib
        later = [Rib(time, path, asns, to) for time, path in rib_files if begin < time < to]
        self.later = sorted((r for r in later if r.entries), key=lambda r: r.last)
        step = step_of(name, begin)
        if self.start:
            self.t0 = self.earliest = self.start.first
            before = [f for f in update_files if f[0] <= self.t0 <= f[0] + 2 * step][-2:]
            self.files = before + [f for f in update_files if self.t0 < f[0] < to]
        else:                               # no RIB: from the file in progress
            before = [f for f in update_files if f[0] <= begin][-1:]
            before = [f for f in before if begin < f[0] + step * 4 // 3]
            self.files = before + [f for f in update_files if begin < f[0] < to]
            self.t0, self.earliest = (before[0][0] if before else begin), -1
        note(f"{name}: RIB {self.start.path if self.start else 'none'}, {len(self.later)} later, "
             f"{len(self.files)} update files")
    def ribs(self):
        return ([self.start] if self.start else []) + self.later
    def add_gap(self, start, end, key):
        note(f"{self.name}: gap {stamp(start)} - {stamp(end)}")
        self.gaps.append((start, end))
        self.events.append((key, "gap", None, None))

# Events are (key, what, peer, payload); key = (time, phase, start of the file, offset, 0 before | 1 of the record).
# Phase 0: holes; 1: records and RIBs, in their order; 2: silences, which begin after the records of their timestamp.

def find_holes(c, to):
    """Between spans, when longer than a third of the step; no tolerance at the window's end."""
    reached, step = c.t0, step_of(c.name, c.t0)
    for start, _ in c.files:
        if (start - reached) * 3 > step: c.add_gap(reached, start, (reached, 0, 0, 0, 0))
        step = step_of(c.name, start)
        reached = max(reached, start + step)
    if reached < to: c.add_gap(reached, to, (reached, 0, 0, 0, 0))

def first_pass(c, to, asns, keep_times):
    """What does not depend on the watch list: state changes, damage, cut files, the peers' first words in a family,
    prefixes of watched origins, and (for silences) the times of all records."""
    c.heard, c.lossy, c.of_origin, c.times = {}, set(), {}, {}
    for start, path in c.files:
        data, whole = unpack(path)
        last = None
        for time, offset, what, peer, payload in session_records(data):
            if what == "cut": whole = False
            else: last = time if last is None else max(last, time)
            if what == "cut" or not c.earliest <= time < to: continue
            if keep_times and peer:
                for column, value in zip(c.times.setdefault(peer, (array("q"), array("q"), array("q"))),
                                         (time, start, offset)): column.append(value)
            if what == "update":
                withdrawn, announced, (origins, _, _), _ = payload
                for family in {prefix[0] for prefix, _ in withdrawn} | {prefix[0] for prefix, _ in announced}:
                    c.heard[peer, family] = min(time, c.heard.get((peer, family), time))
                if not asns.isdisjoint(origins):
                    for prefix, _ in announced:
                        c.of_origin.setdefault(prefix, set()).update(asns.intersection(origins))
            elif what == "state" and (payload[0] == 6) != (payload[1] == 6):    # 3 <-> 2 chatter is nothing
                if payload[0] == 6: c.lossy.add(peer)
                c.events.append(((time, 1, start, offset, 1), "start" if payload[1] == 6 else "loss", peer, None))
            elif what == "damage":
                note(f"{path}: offset {offset}: damaged record: {payload}")
                c.events.append(((time, 1, start, offset, 1), "damage", peer, None))
        if not whole:                                   # what was read counts, the rest of its span is a gap
            note(f"{path}: cut or damaged after {'nothing' if last is None else stamp(last)}")
            begin, key = max(start, c.t0), (max(start, c.t0), 0, 0, 0, 0)
            if last is not None and last >= begin: begin, key = last, (last, 1, start, 1 << 60, 0)
            end = min(start + step_of(c.name, start), to)
            if begin < end: c.add_gap(begin, end, key)

def second_pass(c, to, watched):
    """Words about watched prefixes, End-of-RIBs, UPDATEs of peers that were lost, bursts after a silence.  Returns the
    watched prefixes that occurred."""
    occurred = set()
    for start, path in c.files:
        for time, offset, what, peer, payload in session_records(unpack(path)[0]):
            if what != "update" or not c.earliest <= time < to: continue
            withdrawn, announced, way, eor = payload
            for begin, prefixes in c.bursts.get(peer, ()):
                if begin <= time <= begin + BURST: prefixes.update(prefix for prefix, _ in announced)
            withdrawn = [route for route in withdrawn if watched(route[0])]
            announced = [route for route in announced if watched(route[0])]
            if withdrawn or announced or eor or peer in c.lossy:
                occurred.update(prefix for prefix, _ in withdrawn + announced)
                c.events.append(((time, 1, start, offset, 1), "update", peer, (withdrawn, announced, way, eor)))
    return occurred

### Full feed and silence

def judge_full_feed(collectors, rule, to):
    """c.tables: (peer, family) -> (size, since) from the first whole RIB that lists it (R9); c.full: (peer, family) ->
    since, of counted peers.  since: None = from the start, or the time at which a later RIB is applied."""
    for c in collectors:
        c.tables, c.full = {}, {}
        later = [(rib, rib.last) for rib in c.later if rib.last < to]
        for rib, since in [(c.start, None), (c.older, None)] + later:
            for key, size in rib.sizes.items() if rib else ():
                if rib.whole: c.tables.setdefault(key, (size, since))
                if rule == "all": c.full.setdefault(key, since)         # every peer that a RIB lists in the family
    for family in (4, 6) if rule != "all" else ():
        tables = [(c, key, *table) for c in collectors for key, table in c.tables.items() if key[1] == family]
        sizes = sorted((size for _, _, size, _ in tables), reverse=True) or [0]
        yardstick = sizes[0] if len(sizes) < 3 or sizes[2] * 2 < sizes[0] else sizes[2]     # third-largest, or largest
        least = rule * yardstick if isinstance(rule, Fraction) else rule
        if rule == "ioda": least = {4: 400_000, 6: 10_000}[family]
        note(f"IPv{family}: {len(tables)} tables, yardstick {yardstick}, full feed from {float(least)}")
        for c, key, size, since in tables:
            if size >= least: c.full[key] = since

def find_silences(c, threshold, to):
    """RouteViews: when a peer that a RIB showed to be full-feed falls silent ("hush") and speaks again (R16)."""
    covered_out = []                                    # gaps, merged
    for start, end in sorted(c.gaps):
        if covered_out and start <= covered_out[-1][1]: covered_out[-1][1] = max(covered_out[-1][1], end)
        else: covered_out.append([start, end])
    uncovered = lambda a, b: sum(max(0, min(b, end) - max(a, start)) for start, end in covered_out)
    for peer in sorted({peer for peer, _ in c.full}):
        sinces = [since for (other, _), since in c.full.items() if other == peer]
        previous = c.t0 if None in sinces else min(sinces)              # the RIB's time first
        table = sum(c.tables.get((peer, family), (0, None))[0] for family in (4, 6))
        records = sorted(record for record in zip(*c.times.get(peer, ())) if record[0] >= previous)
        for time, file, offset in records + [(to, None, None)]:         # up to the window's end
            if time - previous - uncovered(previous, time) >= threshold:
                note(f"{c.name}: AS{peer[0]} silent {stamp(previous)} - {stamp(time)}")
                c.events.append(((previous, 2, 0, 0, 0), "hush", peer, None))
                if file is not None:
                    prefixes = set()                                    # announced within 300 s, see second_pass
                    c.bursts.setdefault(peer, []).append((time, prefixes))
                    c.events.append(((time, 1, file, offset, 0), "speak", peer, (prefixes, table)))
            previous = time


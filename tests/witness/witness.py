#!/usr/bin/env python3
"""witness: an independent second implementation of dropline's tables of prefixes, units and upstreams.

It reads a local mirror of the RouteViews / RIPE RIS archives and prints, as CSV,
    minute,prefix,peer_asns_full,peer_asns_known,peer_asns_seeing,seeing_min,seeing_max,origins
and, where `--tables` names them, each behind an empty line,
    minute,asn,family,units_baseline,units_direct,units_covered,units_none,units_unknown     (asn `all`: everything)
    minute,prefix,via                                                                       (via: upstream=ASes ...)
by sections 1 ("What the words mean") and 2 ("Replay rules") of the design and nothing else.  It shares no code with
the Rust program.  Python 3.9+, standard library only.  Files are unpacked in memory.

    witness.py --archive DIR --from T --to T --collector NAME [--collector NAME]... [--prefix P]... [--asn N]...
               [--country CC --delegated FILE] [--full-feed SHARE|N|all|ioda] [--silence SECONDS]
               [--rib-lookback HOURS] [--min-vantage N] [--baseline-at T] [--tables prefixes,units,upstreams]

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
 R27 "The longest that reached the unit in the baseline" is one length for all peers: the greatest L such that, with L
     as the measure, at least half of the known vantage ASes have the unit direct.  No such L, or too few known: the
     length of the longest block that holds the unit, else of the longest origin-watched prefix.
 R28 At a peer: direct if a route of that length or more is present; else unknown if one of those is unknown; else
     covered if a shorter one is present; else unknown if one is unknown; else none.  A vantage AS: the best of its
     counted peers (direct, covered), none if all have none, else unknown.
 R29 A unit: unknown if known ASes are fewer than half of the full-feed ones or than `--min-vantage`; direct if half of
     the known or more have it direct; covered if half or more have it direct or covered; else none.  units_baseline:
     those direct or covered in the baseline; empty if there are none of these, but unknown ones.
 R30 An ASN's units: those inside a prefix (of /8, IPv6 /16, or longer) that belongs to it: its baseline origins; if
     none and the baseline cannot tell (R29's rule), the watched ASNs that originated it at any time.
 R31 Upstream: going from the origin towards the peer, the first AS that is not the origin; of an AS_SET all members
     but the origin; of an origin in an AS_SET, each member's.  Confederations are passed over.  A path with no other
     AS has none.  Counted: vantage ASes of counted peers with a present path through it.
"""

import argparse, bz2, glob, heapq, ipaddress, os, re, struct, sys, zlib
from array import array
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from functools import lru_cache

SECOND = 1_000_000
SETTLE, BURST, RIB_GUARD = 600 * SECOND, 300 * SECOND, 60 * SECOND
LOCAL_COUNTS = False            # R22
MRT_TYPES = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 16, 17, 32, 33, 48, 49}      # assigned by IANA

class Damage(Exception):
    """A record that cannot be decoded."""

class Overrun(Damage):
    """Its bytes end too early: what was found before still counts if the collector clipped the record."""

### Compressed files

ASTRAY = 16 << 20      # a changed byte shows up to so far behind it, where inflating fails

def gunzip(raw):
    """(bytes, whole): every member; a member whose checksum fails yields nothing (R7)."""
    out, pos, step = [], 0, 1 << 20
    while pos < len(raw):
        if raw[pos:pos + 2] != b"\x1f\x8b": return b"".join(out), not raw[pos:].strip(b"\0")    # zero padding
        inflater, parts = zlib.decompressobj(31), []
        try:
            while pos < len(raw) and not inflater.eof:
                parts.append(inflater.decompress(raw[pos:pos + step]))
                pos += step
        except zlib.error as error:
            if "check" in str(error): return b"".join(out), False       # "incorrect data/length check"
            return b"".join(out) + b"".join(parts)[:-ASTRAY], False
        out += parts
        if not inflater.eof: return b"".join(out), False                # cut
        pos = min(pos, len(raw)) - len(inflater.unused_data)
    return b"".join(out), True

def bunzip(raw):
    """(bytes, whole): every stream; from the first failing block on nothing counts."""
    out, pos = [], 0
    while pos < len(raw):
        if raw[pos:pos + 3] != b"BZh": return b"".join(out), not raw[pos:].strip(b"\0")
        machine = bz2.BZ2Decompressor()
        try: out.append(machine.decompress(raw[pos:]))      # libbz2 has checked the CRC of each block given out
        except OSError: return bunzip_blocks(raw), False
        if not machine.eof: return b"".join(out), False     # cut: only complete blocks came out
        pos = len(raw) - len(machine.unused_data)
    return b"".join(out), True

def bunzip_blocks(raw):
    """All bzip2 blocks before the first whose checksum fails, each unpacked as a stream of its own."""
    block, tail, size = 0x314159265359, 0x177245385090, len(raw) * 8
    whole, marks, out = int.from_bytes(raw, "big"), [], []          # marks: (bit position, is a block)
    for shift in range(8):                                          # blocks start at any bit
        shifted = (whole >> shift).to_bytes(len(raw), "big")
        for magic in (block, tail):
            at = shifted.find(magic.to_bytes(6, "big"))
            while at >= 0:
                marks.append((at * 8 - shift, magic == block))
                at = shifted.find(magic.to_bytes(6, "big"), at + 1)
    marks.sort()
    for i, (start, is_block) in enumerate(marks):
        if not is_block: continue
        length = (marks[i + 1][0] if i + 1 < len(marks) else size) - start
        bits = (whole >> (size - start - length)) & ((1 << length) - 1)
        stream = (((bits << 48) | tail) << 32) | ((bits >> (length - 80)) & 0xFFFFFFFF)     # stream CRC = block CRC
        stream <<= -length % 8
        try: out.append(bz2.decompress(b"BZh9" + stream.to_bytes((length + 87) // 8, "big")))
        except (OSError, ValueError): break
    return b"".join(out)

def unpack(path):
    """(bytes, whole) of an archive file; its kind is told by its first bytes."""
    with open(path, "rb") as file: raw = file.read()
    if raw[:2] == b"\x1f\x8b": return gunzip(raw)
    if raw[:3] == b"BZh": return bunzip(raw)
    return b"", False

### BGP.  A prefix is the bytes (family 4|6, length, significant octets with host bits cleared).

HIGH_BITS = [0, 0x80, 0xC0, 0xE0, 0xF0, 0xF8, 0xFC, 0xFE]
FAMILY_BYTE = {4: b"\x04", 6: b"\x06"}

def u16(data, pos, end):
    if pos + 2 > end: raise Overrun("too short")
    return data[pos] << 8 | data[pos + 1]

def read_nlri(family, data, pos, end, addpath, out):
    """Append (prefix, path id) for each prefix in data[pos:end]."""
    longest, head, path_id = (32 if family == 4 else 128), FAMILY_BYTE[family], None
    while pos < end:
        if addpath:
            if pos + 5 > end: raise Overrun("path id")
            path_id = int.from_bytes(data[pos:pos + 4], "big")
            pos += 4
        if data[pos] > longest: raise Damage("prefix length")
        stop = pos + 1 + ((data[pos] + 7) >> 3)
        if stop > end: raise Overrun("prefix runs over")
        odd = data[pos] & 7
        key = head + data[pos:stop]
        if odd: key = key[:-1] + bytes((key[-1] & HIGH_BITS[odd],))
        out.append((key, path_id))
        pos = stop

def walk_attributes(data, pos, end):
    """Yield (type, start, stop); one that runs over ends the walk (MP ones are yielded before, clamped)."""
    while pos < end:
        extended = data[pos] & 0x10
        start = pos + (4 if extended else 3)
        if start > end: raise Overrun("attribute header")
        kind = data[pos + 1]
        pos = start + (data[pos + 2] << 8 | data[pos + 3] if extended else data[pos + 2])
        if pos <= end: yield kind, start, pos
        else:
            if kind in (14, 15): yield kind, start, end
            raise Overrun("attribute runs over")

@lru_cache(1 << 17)
def read_path(raw, size):
    """Segments ((type, (asn, ...)), ...) of an AS_PATH with ASNs of `size` bytes."""
    segments, pos = [], 0
    while pos < len(raw):
        stop = pos + 2 + raw[pos + 1] * size if pos + 2 <= len(raw) else len(raw) + 1
        if stop > len(raw) or not 1 <= raw[pos] <= 4: raise Damage("AS_PATH segment")
        segments.append((raw[pos], tuple(int.from_bytes(raw[i:i + size], "big") for i in range(pos + 2, stop, size))))
        pos = stop
    return tuple(segments)

def last_origin(segments):
    """AS_SET: every member is an origin; confederation segments are not looked at."""
    for kind, members in reversed(segments):
        if kind in (1, 2) and members: return (members[-1],) if kind == 2 else tuple(sorted(set(members)))
    return ()

def upstreams(segments):
    """The ASes next to the origins (R31)."""
    hops = []                                           # nearest to the origin first, each a set of ASes
    for kind, members in segments:
        if kind == 1 and members: hops.insert(0, set(members))
        if kind == 2:
            for asn in members: hops.insert(0, {asn})
    found = set()
    for origin in hops[0] if hops else ():
        others = [hop - {origin} for hop in hops[1:]]
        found |= next((hop for hop in others if hop), set())
    return tuple(sorted(found))

@lru_cache(1 << 17)
def way_of(as_path, size, as4_path, aggregator, as4_aggregator, strict=False):
    """(origins, upstreams) of a route, AS4_PATH merged into AS_PATH (RFC 6793, 4.2.3)."""
    if as_path is None: return (), ()
    segments = read_path(as_path, size)
    ignore = aggregator and as4_aggregator and aggregator[:2] != b"\x5b\xa0"        # not AS_TRANS: both are ignored
    if size == 2 and as4_path and not ignore:
        try: newer = [s for s in read_path(as4_path, 4) if s[0] in (1, 2)]
        except Damage:
            if strict and last_origin(segments) == (23456,): raise     # nobody knows this origin
            newer = []
        count = lambda path: sum(1 if kind == 1 else len(members) for kind, members in path if kind in (1, 2))
        if 0 < count(newer) <= count(segments):
            lacking, merged = count(segments) - count(newer), []
            for kind, members in segments:                                          # the ASes in front are AS_PATH's
                if kind not in (1, 2): continue
                taken = members[:lacking] if kind == 2 else members if lacking else ()
                lacking -= len(taken) if kind == 2 else bool(taken)
                if taken: merged.append((kind, taken))
            segments = merged + newer
    return last_origin(segments), upstreams(segments)

@lru_cache(1 << 17)
def rib_way(attributes, size):
    """(origins, upstreams) of a RIB entry; walks all attributes, so that damage shows."""
    found = {}
    for kind, start, stop in walk_attributes(attributes, 0, len(attributes)):
        found.setdefault(kind, attributes[start:stop])
    return way_of(found.get(2), size, found.get(17), found.get(7), found.get(18))

EXACT, MULTIPLE = {1: 1, 3: 4, 4: 4}, {8: 4, 16: 8, 32: 12}     # lengths of attributes (RFC 7606)

def read_update(data, pos, end, size, addpath, clipped):
    """(withdrawn, announced, (origins, upstreams), End-of-RIB family or 0) of an UPDATE's contents.  If the collector
    clipped it, the whole prefixes before the cut count."""
    withdrawn, announced, found, eor = [], [], {}, 0
    try:
        first = pos
        pos += 2 + u16(data, pos, end)
        read_nlri(4, data, first + 2, min(pos, end), addpath, withdrawn)
        attributes = pos + 2
        pos = attributes + u16(data, pos, end)
        for kind, start, stop in walk_attributes(data, attributes, min(pos, end)):
            if kind == 14 or kind == 15:
                family = {1: 4, 2: 6}.get(u16(data, start, stop))
                if start + 5 - 2 * (kind == 15) > stop: raise Overrun("MP attribute too short")
                afi = u16(data, start, start + 2)
                if not (1 <= afi <= 31 or 16384 <= afi <= 16399) or not data[start + 2]: raise Damage("family")
                if kind == 14 and family and data[start + 2] == 1 and data[start + 3] not in (4, 16, 32):
                    raise Damage("next hop")
                if data[start + 2] == 1 and family:         # other SAFIs: only unicast counts
                    if kind == 15: read_nlri(family, data, start + 3, stop, addpath, withdrawn)
                    elif start + 5 + data[start + 3] > stop: raise Overrun("next hop runs over")
                    else: read_nlri(family, data, start + 5 + data[start + 3], stop, addpath, announced)
                    if kind == 15 and stop - start == 3: eor = family
            found.setdefault(kind, data[start:stop])
            if stop - start != EXACT.get(kind, stop - start) or (stop - start) % MULTIPLE.get(kind, 1):
                raise Damage("attribute length")
        if attributes == first + 4 and pos == attributes: eor = 4
        # End-of-RIB: nothing else in the message (RFC 4724)
        if attributes != first + 4 or pos != end or len(found) > 1: eor = 0
        read_nlri(4, data, pos, end, addpath, announced)
        if pos > end: raise Overrun("attributes run over")
        if found and attributes == first + 4 and pos == end and not clipped and not {14, 15} & set(found):
            raise Damage("attributes but no routes")
        if announced and 2 not in found: raise Damage("no AS_PATH")
    except Overrun:
        if not clipped: raise
        eor = 0
    way = way_of(found.get(2), size, found.get(17), found.get(7), found.get(18), bool(announced))
    return withdrawn, announced, way, eor

### MRT

def mrt_records(data):
    """Yield (time, type, subtype, body start, body end, offset); a last None if the file is cut."""
    pos, end, header = 0, len(data), struct.Struct(">IHHI").unpack_from
    while pos < end:
        if pos + 12 > end: break
        seconds, kind, subtype, length = header(data, pos)
        if pos + 12 + length > end: break
        yield seconds * SECOND, kind, subtype, pos + 12, pos + 12 + length, pos
        pos += 12 + length
    if pos < end: yield None

# BGP4MP subtype -> (bytes of an ASN, add-path, local)
MESSAGES = {1: (2, False, False), 4: (4, False, False), 6: (2, False, True), 7: (4, False, True),
            8: (2, True, False), 9: (4, True, False), 10: (2, True, True), 11: (4, True, True)}
STATES = {0: (2, False, False), 5: (4, False, False)}

MARKER = b"\xff" * 16

def is_other(message, contents):
    """Whether these can be the contents of an OPEN, NOTIFICATION, KEEPALIVE or ROUTE-REFRESH."""
    size = len(contents)
    if message == 1:
        if size < 10 or not contents[0]: return False
        if contents[9:11] == b"\xff\xff" and size >= 13: return size == 13 + int.from_bytes(contents[11:13], "big")
        return size == 10 + contents[9]
    if message == 3: return size >= 2 and contents[0] > 0
    if message == 4: return not size
    if message not in (5, 128) or size < 4 or contents[:2] == b"\0\0": return False
    if size == 4: return True
    pos = 5                                             # filters: when to act, then type, length, entries
    while pos + 3 <= size: pos += 3 + int.from_bytes(contents[pos + 1:pos + 3], "big")
    return contents[4] in (1, 2) and pos == size

def read_states(data, pos, stop):
    """(old, new) of a state change, which fills its record."""
    if pos + 4 != stop: raise Damage("state change")
    states = u16(data, pos, stop), u16(data, pos + 2, stop)
    if not all(1 <= state <= 8 for state in states): raise Damage("state")
    return states

def turned(data, start, stop):
    """Damage where a record of a type that says nothing has a body that says something."""
    for pos in (start, start + 4):                      # without, and behind microseconds
        for size in (2, 4):
            at = pos + 2 * size + 4
            width = {1: 4, 2: 16}.get(int.from_bytes(data[at - 2:at], "big")) if at <= stop else None
            if width is None or at + 2 * width > stop: continue
            peer, at = (int.from_bytes(data[pos:pos + size], "big"), data[at:at + width]), at + 2 * width
            is_message = data[at:at + 16] == MARKER and int.from_bytes(data[at + 16:at + 18], "big") == stop - at
            try: is_message = is_message or read_states(data, at, stop)
            except Damage: pass
            if is_message: return "damage", peer, "MRT type"
    return turned_legacy(data, start, stop)

def turned_legacy(data, start, stop):
    """The same of a bare UPDATE of type 5."""
    try: withdrawn, announced, _, _ = read_update(data, start + 12, stop, 2, False, False)
    except Damage: return None
    return ("damage", (u16(data, start, stop), data[start + 2:start + 6]), "MRT type") if withdrawn or announced else None

def read_session_record(data, kind, subtype, start, stop, mrt_length):
    """(what, peer, payload) of a BGP4MP(_ET) or type-5 record; what: 'state' (old, new), 'update' (withdrawn,
    announced, origins, eor), 'other', 'damage'; peer = (asn, address bytes) or None where it cannot be read."""
    peer = None
    try:
        if kind == 5:                                   # the format of 1999-2001: no BGP header
            if subtype not in (1, 3, 5, 6, 7): return turned(data, start, stop) or ("other", None, None)
            if start + 6 > stop: raise Damage("type 5 header")
            peer = (u16(data, start, stop), data[start + 2:start + 6])
            if subtype == 3: return "state", peer, read_states(data, start + 6, stop)
            if subtype != 1: return turned_legacy(data, start, stop) or ("other", peer, None)
            return "update", peer, read_update(data, start + 12, stop, 2, False, mrt_length == 4096)
        if subtype in (2, 3): return turned(data, start, stop) or ("other", None, None)     # ENTRY, SNAPSHOT
        if subtype not in STATES and subtype not in MESSAGES: raise Damage("BGP4MP subtype")
        size, addpath, local = STATES.get(subtype) or MESSAGES[subtype]
        pos = start + 2 * size + 4
        width = {1: 4, 2: 16}.get(u16(data, pos - 2, stop))
        if width is None or pos + width > stop: raise Damage("BGP4MP address")
        peer = (int.from_bytes(data[start:start + size], "big"), data[pos:pos + width])
        pos += 2 * width
        if subtype in STATES: return "state", peer, read_states(data, pos, stop)
        length = u16(data, pos + 16, stop - 1)
        message = data[pos + 18]
        clipped = pos + length > stop and mrt_length == 4096
        if length < 19 or data[pos:pos + 16] != MARKER: raise Damage("BGP header")
        if pos + length != stop and not clipped: raise Damage("BGP message does not fill the record")
        if message != 2 and not clipped and not is_other(message, data[pos + 19:stop]): raise Damage("BGP type")
        found = read_update(data, pos + 19, min(pos + length, stop), size, addpath, clipped) if message == 2 else None
        if local and not LOCAL_COUNTS: return "other", None, None
        return ("update", peer, found) if found else ("other", peer, None)
    except Damage as error:
        return "damage", peer, str(error)

def session_records(data):
    """Yield (time, offset, what, peer, payload); ends with (None, ...) if the file is cut."""
    for record in mrt_records(data):
        if record is None:
            yield None, len(data), "cut", None, None
            return
        time, kind, subtype, start, stop, offset = record
        if kind == 17 and start + 4 > stop or kind not in MRT_TYPES or kind == 0 and not time:
            yield time, offset, "damage", None, "MRT header"
        elif kind == 17:
            time += int.from_bytes(data[start:start + 4], "big")
            yield (time, offset) + read_session_record(data, kind, subtype, start + 4, stop, stop - start)
        elif kind in (5, 16):
            yield (time, offset) + read_session_record(data, kind, subtype, start, stop, stop - start)
        else:
            found = turned(data, start, stop)
            if found: yield (time, offset) + found

# TABLE_DUMP_V2 subtype -> (family or 0 for RIB_GENERIC, add-path)
RIB_SUBTYPES = {2: (4, False), 4: (6, False), 8: (4, True), 10: (6, True), 6: (0, False), 12: (0, True)}

def rib_records(data):
    """Yield (time, prefix, [(peer, path id, attributes, bytes of an ASN)]) for each unicast RIB record, (time,
    None, ()) for other records and (time, or None if the file is cut, None, Damage) for damage."""
    peers = None
    for record in mrt_records(data):
        if record is None:
            yield None, None, Damage("cut")
            return
        time, kind, subtype, start, stop, _ = record
        try:
            if kind == 12 and subtype in (1, 2): yield (time,) + read_table_dump(data, start, stop, subtype)
            elif kind == 13 and subtype in RIB_SUBTYPES:
                yield (time,) + read_rib_record(data, start + 4, stop, peers, *RIB_SUBTYPES[subtype])
            elif kind not in MRT_TYPES: raise Damage("MRT type")
            else:
                if kind == 13 and subtype == 1: peers = read_peer_table(data, start, stop)
                yield time, None, ()
        except Damage as error:
            yield time, None, error

def read_prefix(family, data, pos, stop):
    found = []
    if pos >= stop: raise Damage("RIB header")
    read_nlri(family, data, pos, min(stop, pos + 1 + (data[pos] + 7) // 8), False, found)
    return found[0][0]

def read_table_dump(data, start, stop, family):
    """TABLE_DUMP: one route a record."""
    width = 4 if family == 1 else 16
    pos = start + 4 + width                             # after view, sequence, prefix
    end = pos + 10 + width                              # after length, status, time, address, ASN, attribute length
    size = u16(data, end - 2, stop)
    if end + size > stop: raise Damage("attributes run over")
    packed = data[pos:pos + 1] + data[start + 4:pos]
    prefix = read_prefix(2 + 2 * family, packed, 0, len(packed))
    peer = (u16(data, end - 4, stop), data[pos + 6:pos + 6 + width])
    return prefix, [(peer, None, data[end:end + size], 2)]

def read_rib_record(data, pos, stop, peers, family, addpath):
    if not family:                                      # RIB_GENERIC
        family = {1: 4, 2: 6}.get(u16(data, pos, stop))
        if family is None or pos + 2 < stop and data[pos + 2] != 1: return None, ()
        pos += 3
    prefix, entries = read_prefix(family, data, pos, stop), []
    pos += 3 + (data[pos] + 7) // 8
    for _ in range(u16(data, pos - 2, stop)):
        first = pos + (12 if addpath else 8)            # RFC 8050: the path id stands after the time
        after = first + u16(data, first - 2, stop)
        index = u16(data, pos, stop)
        if after > stop or peers is None or index >= len(peers): raise Damage("RIB entry")
        path_id = int.from_bytes(data[pos + 6:pos + 10], "big") if addpath else None
        entries.append((peers[index], path_id, data[first:after], 4))
        pos = after
    return prefix, entries

def read_peer_table(data, start, stop):
    pos = start + 6 + u16(data, start + 4, stop)
    count, pos, peers = u16(data, pos, stop), pos + 2, []
    for _ in range(count):
        if pos >= stop: raise Damage("peer table")
        width, size = (16 if data[pos] & 1 else 4), (4 if data[pos] & 2 else 2)
        end = pos + 5 + width + size
        if end > stop: raise Damage("peer table")
        peers.append((int.from_bytes(data[end - size:end], "big"), data[pos + 5:pos + 5 + width]))
        pos = end
    return peers

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

def micros(when):
    return (when.replace(tzinfo=when.tzinfo or timezone.utc) - datetime(1970, 1, 1, tzinfo=timezone.utc)) \
        // timedelta(microseconds=1)

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
                withdrawn, announced, (origins, _), _ = payload
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

### Replay.  A layer is what is believed of a peer: base[family] for prefixes that have no entry of their own, and
# routes[prefix] = {path id: (origins, upstreams), or None where that path is unknown}.

PRESENT, ABSENT, UNKNOWN = "present", "absent", "unknown"
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
    def __init__(self, identity):
        self.identity, self.asn = identity, identity[0]
        self.layer = Layer()        # what is believed now
        self.saved = None           # in a silence: what is believed apart from it
        self.lost = False           # left Established and not come back yet
        self.pending = {}           # family -> time at which the session settles
        self.words = {}             # prefix -> time of the last announcement or withdrawal
        self.told = set()           # what was ever known here: prefixes; families, for units without routes
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
        for c in collectors:
            for (identity, family), since in c.full.items():
                if since is None: self.count(self.peer(c.name, identity), family, True)
            for identity, family in c.start.sizes if c.start else ():       # a cut RIB proves presence only
                peer = self.peer(c.name, identity)
                if c.start.whole: peer.layer.base[family] = ABSENT
                peer.layer.routes = {prefix: dict(paths) for prefix, paths in c.start.routes.get(identity, {}).items()}
                self.refresh(peer)
    def peer(self, collector, identity):
        peer = self.peers.get((collector, identity))
        if peer is None:
            peer = self.peers[collector, identity] = Peer(identity)
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
    def apply(self, collector, time, what, identity, payload):
        if what in ("gap", "damage", "rib"):            # of one peer or, where none can be named, of the collector
            peers = self.of[collector] if identity is None else [self.peer(collector, identity)]
            if what == "rib": peers = [self.peer(collector, listed) for listed in payload.first_of]
            for peer in peers:
                if what == "rib": peer.resync(payload)
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
                for its_origins, its_upstreams in filter(None, peer.layer.routes[prefix].values()):
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

### Units of the watched space

DIRECT, COVERED, NONE = "direct", "covered", "none"
UNIT, SHORTEST, WIDTH = {4: 24, 6: 48}, {4: 8, 6: 16}, {4: 32, 6: 128}

@lru_cache(1 << 17)
def span(prefix):
    """Its stretch of the address line: (first, end), end exclusive."""
    width = WIDTH[prefix[0]]
    first = int.from_bytes(prefix[2:].ljust(width // 8, b"\0"), "big")
    return first, first + (1 << (width - prefix[1]))

def inside(inner, outer):
    (a, b), (c, d) = span(inner), span(outer)
    return inner[0] == outer[0] and c <= a and b <= d

class Units:
    """Units that the same routes reach and whose blocks have the same length: how many, and how they stand."""
    def __init__(self, family, routes, fallback):
        self.family, self.routes, self.fallback, self.number, self.now = family, routes, fallback, 0, None
    def judge_baseline(self, replay, min_vantage):
        """R27."""
        stands = lambda measure: replay.unit(self.family, self.routes, measure, min_vantage)
        lengths = sorted({route[1] for route in self.routes}, reverse=True)
        self.measure = next((length for length in lengths if stands(length) == DIRECT), None)
        self.baseline = stands(self.measure or 0)
        if self.measure is None: self.measure = self.fallback

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
            around = holding(marks)
            if not around: continue
            key = family, tuple(holding(reaching)), max([p[1] for p in around if p in blocks] or [p[1] for p in around])
            found.setdefault(key, Units(*key)).number += (end - first) >> (width - unit) or 1
    return list(found.values())

class Account:
    """Units by ASN and as a whole."""
    def __init__(self, units, shown, given, min_vantage):
        self.units, self.shown, self.given, self.min_vantage, self.of = units, shown, given, min_vantage, {}
    def open(self, replay):
        """The baseline (R27, R29, R30)."""
        owners = {}
        for prefix in self.shown:
            full, known, _, origins, _ = replay.row(prefix)
            owners[prefix] = set(map(int, origins.split()))
            if not origins and too_few(full, known, self.min_vantage): owners[prefix] = self.given.get(prefix, set())
        for units in self.units:
            units.judge_baseline(replay, self.min_vantage)
            for asn in {"all"}.union(*(owners.get(route, ()) for route in units.routes)):
                self.of.setdefault((asn, units.family), []).append(units)
    def minute(self, replay, changed, minute, out):
        for units in self.units:
            if not units.routes or units.now is None or not changed.isdisjoint(units.routes):
                units.now = replay.unit(units.family, units.routes, units.measure, self.min_vantage)
        for (asn, family), members in self.of.items():
            count = lambda test: sum(units.number for units in members if test(units))
            baseline = count(lambda u: u.baseline in (DIRECT, COVERED))
            if not baseline and count(lambda u: u.baseline == UNKNOWN): baseline = ""
            now = [count(lambda u: u.now == state) for state in (DIRECT, COVERED, NONE, UNKNOWN)]
            out.append(f"{stamp(minute)},{asn},{family},{baseline}," + ",".join(map(str, now)))

### The question

def note(text):
    print("witness: " + text, file=sys.stderr)

def stamp(time):
    return datetime.fromtimestamp(time // SECOND, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")

def parse_rule(text):
    if text in ("all", "ioda"): return text
    if text.endswith("%"): return Fraction(text[:-1]) / 100
    return Fraction(text) if "." in text else int(text)

def show(prefix):
    return f"{ipaddress.ip_address(prefix[2:].ljust(4 if prefix[0] == 4 else 16, bytes(1)))}/{prefix[1]}"

def order(prefix):
    return prefix[0], prefix[2:].ljust(16, b"\0"), prefix[1]

def parse_prefix(text):
    net = ipaddress.ip_network(text, strict=False)
    return bytes((net.version, net.prefixlen)) + net.network_address.packed[:(net.prefixlen + 7) // 8]

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

def run(args):
    begin, to = (micros(datetime.fromisoformat(text.replace("Z", "+00:00"))) for text in (args.begin, args.to))
    of_country = read_delegated(args.delegated, args.country) if args.country else ([], [])
    rule, asns = parse_rule(args.full_feed), set(args.asn + of_country[1])
    blocks = [parse_prefix(text) for text in args.prefix + of_country[0]]
    answers, watched = make_watch(blocks)
    lookback = int(args.rib_lookback * 3600 * SECOND)
    collectors = [Collector(name, args.archive, begin, to, lookback, asns) for name in dict.fromkeys(args.collector)]
    if rule != "all" and not any(c.ribs() for c in collectors):
        note("no RIB at all; hint: `--full-feed all`")
        return 2
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
    covering = make_covering(blocks, given) if "units" in args.tables else lambda prefix: False
    wanted = lambda prefix: watched(prefix) or covering(prefix)
    prefixes = set()
    for c in collectors:
        for rib in c.ribs():
            rib.collect(wanted, to)
            prefixes |= rib.occurred
            if rib is not c.start and rib.last < to:
                c.events.append(((rib.last, 1, rib.name_time, -1, 0), "rib", None, rib))
        prefixes |= second_pass(c, to, wanted)
        for (identity, family), since in c.full.items():
            if since is not None: c.events.append(((since, 1, 0, 0, 0), "count", identity, (family, True)))
        for (identity, family), time in c.heard.items() if rule == "all" else ():
            c.events.append(((time, 1, 0, 0, 0), "count", identity, (family, False)))
    for rib in [rib for c in collectors for rib in c.ribs()]:       # the records stamped >= to, again
        for identity, routes in rib.routes.items():
            rib.routes[identity] = {prefix: paths for prefix, paths in routes.items() if prefix in prefixes}
    events = sorted(((key, c.name, what, identity, payload) for c in collectors
                     for key, what, identity, payload in c.events), key=lambda event: event[:2])
    note(f"{len(prefixes)} prefixes, {len(events)} events")
    prefixes = sorted(prefixes, key=order)
    shown = [prefix for prefix in prefixes if watched(prefix)]
    by_origin = [prefix for prefix in shown if not any(inside(prefix, block) for block in blocks)]
    units = lay_out(blocks, by_origin, prefixes) if "units" in args.tables else []
    account = Account(units, shown, given, args.min_vantage)
    at = micros(datetime.fromisoformat(args.baseline_at.replace("Z", "+00:00"))) if args.baseline_at else begin
    player = Player(Replay(collectors, prefixes, rule), events)
    player.advance(at)
    player.advance(at + 1, only="rib")                  # RIBs stamped then are part of it
    account.open(player.replay)
    player = Player(Replay(collectors, prefixes, rule), events)
    tables = write_minutes(player, shown, begin, to, account)
    print("\n\n".join("\n".join(tables[table]) for table in args.tables.split(",")))
    return 0

class Player:
    """All records of one timestamp, of any collector, are one step; settles due then come before them."""
    def __init__(self, replay, events):
        self.replay, self.events, self.position, self.changed = replay, events, 0, set(replay.prefixes)
        self.seeing = {prefix: replay.seeing(prefix) for prefix in replay.prefixes}
    def advance(self, until, extremes=None, only=None):
        replay, events = self.replay, self.events
        while True:
            time = min(events[self.position][0][0] if self.position < len(events) else until,
                       replay.due[0][0] if replay.due and not only else until)
            if time >= until: return
            if not only: replay.settle_due(time)
            while self.position < len(events) and events[self.position][0][0] == time:
                _, collector, what, identity, payload = events[self.position]
                if only in (None, what): replay.apply(collector, time, what, identity, payload)
                self.position += 1
            self.changed.update(replay.dirty)
            for prefix in replay.dirty:
                now = self.seeing[prefix] = replay.seeing(prefix)
                if extremes: extremes[prefix] = (min(extremes[prefix][0], now), max(extremes[prefix][1], now))
            replay.dirty.clear()

def write_minutes(player, shown, begin, to, account):
    tables = {"units": ["minute,asn,family,units_baseline,units_direct,units_covered,units_none,units_unknown"],
              "upstreams": ["minute,prefix,via"],
              "prefixes": ["minute,prefix,peer_asns_full,peer_asns_known,peer_asns_seeing,seeing_min,seeing_max,"
                           "origins"]}
    replay, seeing, rows = player.replay, player.seeing, {}
    names = {prefix: show(prefix) for prefix in shown}
    player.advance(begin)
    for minute in range(begin - begin % (60 * SECOND), to, 60 * SECOND):
        extremes = {prefix: (now, now) for prefix, now in seeing.items()}       # the state it began with
        player.advance(min(minute + 60 * SECOND, to), extremes)
        rows.update((prefix, replay.row(prefix)) for prefix in player.changed)
        account.minute(replay, player.changed, minute, tables["units"])
        player.changed.clear()
        for prefix in shown:
            full, known, sees, origins, via = rows[prefix]
            assert sees == seeing[prefix], names[prefix]
            row = stamp(minute), names[prefix], full, known, sees, *extremes[prefix], " ".join(f"AS{n}" for n in origins.split())
            tables["prefixes"].append(",".join(map(str, row)))
            tables["upstreams"].append(f"{stamp(minute)},{names[prefix]},{via}")
    return tables

def main():
    parser = argparse.ArgumentParser(description="independent witness of dropline's prefix table")
    for name, target in (("--archive", "archive"), ("--from", "begin"), ("--to", "to")):
        parser.add_argument(name, dest=target, required=True)
    parser.add_argument("--collector", action="append", required=True)
    parser.add_argument("--prefix", action="append", default=[])
    parser.add_argument("--asn", action="append", default=[], type=int)
    parser.add_argument("--country")
    parser.add_argument("--delegated")
    parser.add_argument("--min-vantage", default=3, type=int)
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

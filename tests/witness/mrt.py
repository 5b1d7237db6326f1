"""MRT files: compressed bytes, records, BGP messages, damage (readings R7 and R20 to R24)."""

import bz2, struct, zlib
from functools import lru_cache

from basics import SECOND

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
    """(origins, upstreams, path) of a route, AS4_PATH merged into AS_PATH (RFC 6793, 4.2.3)."""
    if as_path is None: return (), (), ()
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
            segments = tuple(merged + newer)
    return last_origin(segments), upstreams(segments), segments

@lru_cache(1 << 17)
def rib_way(attributes, size):
    """(origins, upstreams, path) of a RIB entry; walks all attributes, so that damage shows."""
    found = {}
    for kind, start, stop in walk_attributes(attributes, 0, len(attributes)):
        found.setdefault(kind, attributes[start:stop])
    return way_of(found.get(2), size, found.get(17), found.get(7), found.get(18))

EXACT, MULTIPLE = {1: 1, 3: 4, 4: 4}, {8: 4, 16: 8, 32: 12}     # lengths of attributes (RFC 7606)

def read_update(data, pos, end, size, addpath, clipped):
    """(withdrawn, announced, (origins, upstreams, path), End-of-RIB family or 0) of an UPDATE's contents.  If the collector
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


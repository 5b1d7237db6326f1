"""Times, prefixes and notes, as all of the witness writes them.  A prefix is the bytes (family 4|6, length, significant
octets with host bits cleared)."""

import ipaddress, sys
from datetime import datetime, timedelta, timezone
from functools import lru_cache

SECOND = 1_000_000
PRESENT, ABSENT, UNKNOWN = "present", "absent", "unknown"       # of a route at a peer
DIRECT, COVERED, NONE = "direct", "covered", "none"             # of a unit at a peer
VISIBLE, LOST = "visible", "lost"                               # of a prefix, or UNKNOWN

def note(text):
    print("witness: " + text, file=sys.stderr)

def stamp(time):
    return datetime.fromtimestamp(time // SECOND, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")

def exact(time):
    """With microseconds."""
    return f"{stamp(time)[:-1]}.{time % SECOND:06}Z"

def micros(when):
    return (when.replace(tzinfo=when.tzinfo or timezone.utc) - datetime(1970, 1, 1, tzinfo=timezone.utc)) \
        // timedelta(microseconds=1)

def instant(text):
    return micros(datetime.fromisoformat(text.replace("Z", "+00:00")))

def show(prefix):
    return f"{ipaddress.ip_address(prefix[2:].ljust(4 if prefix[0] == 4 else 16, bytes(1)))}/{prefix[1]}"

def order(prefix):
    return prefix[0], prefix[2:].ljust(16, b"\0"), prefix[1]

def parse_prefix(text):
    net = ipaddress.ip_network(text, strict=False)
    return bytes((net.version, net.prefixlen)) + net.network_address.packed[:(net.prefixlen + 7) // 8]

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


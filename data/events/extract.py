#!/usr/bin/env python3
"""Reads what an archive's update files say of some prefixes into an event table.

    extract.py --collector NAME [--prefix BLOCK]... [--asn ORIGIN]... FILE... > NAME.events

Needs bgpdump (1.6.2 was used) and Python 3.9, nothing else. The files are given in the order of their time; each is read
with `bgpdump -m`. Into the table go

- every announcement and withdrawal of a prefix inside a BLOCK, and of every prefix that any path in the files
  originates from an ORIGIN (its withdrawals name no origin, so the files are read twice);
- every change of a session's state, and the first announcement or withdrawal of that session after it;
- of every session and address family the first prefix it speaks of, watched or not: who was heard, and when, is what
  `--full-feed all` counts.

Consecutive lines of one second, session and path become one record, unless they repeat a prefix. `bgpdump -m` shows neither the bounds of UPDATE
messages nor whether a session had two-byte AS numbers (it merges AS4_PATH itself) nor an End-of-RIB: the table has none
of these. Records stamped at or after the end of the last file's span are left out.
"""

import argparse
import hashlib
import ipaddress
import re
import subprocess
import sys
from datetime import datetime, timedelta, timezone

LICENCES = {
    "ris": "RIPE NCC Routing Information Service, https://ris.ripe.net",
    "routeviews": "University of Oregon RouteViews Project, CC BY 4.0, https://www.routeviews.org",
}


def lines(path):
    """Lines of `bgpdump -m` as fields: tag, time, kind, address, AS, then prefix and path or the two states."""
    dump = subprocess.Popen(["bgpdump", "-m", path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    for line in dump.stdout:
        yield line.rstrip("\n").split("|")
    if dump.wait() != 0:
        sys.exit(f"bgpdump failed on {path}")


def origins(path):
    """Origin ASNs of an AS path as bgpdump writes it: the last AS, or the members of a last set."""
    last = path.split(" ")[-1].strip("{}")
    return {int(asn) for asn in last.split(",") if asn.isdigit()}


def stamp(name):
    found = re.search(r"updates\.(\d{8}\.\d{4})\.", name)
    if not found:
        sys.exit(f"{name}: no time in its name")
    return datetime.strptime(found[1], "%Y%m%d.%H%M").replace(tzinfo=timezone.utc)


def public_url(collector, path):
    name, month = path.rsplit("/", 1)[-1], stamp(path).strftime("%Y.%m")
    if collector.startswith("rrc"):
        return f"https://data.ris.ripe.net/{collector}/{month}/{name}"
    root = "bgpdata" if collector == "route-views2" else f"{collector}/bgpdata"
    return f"https://archive.routeviews.org/{root}/{month}/UPDATES/{name}"


def utc(seconds):
    whole, _, fraction = seconds.partition(".")
    text = datetime.fromtimestamp(int(whole), timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{fraction}Z" if fraction.strip("0") else f"{text}Z"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--collector", required=True)
    parser.add_argument("--prefix", action="append", default=[], type=ipaddress.ip_network)
    parser.add_argument("--asn", action="append", default=[], type=int)
    parser.add_argument("files", nargs="+")
    args = parser.parse_args()
    collector = args.collector
    project = "ris" if collector.startswith("rrc") else "routeviews"
    step = timedelta(minutes=5 if project == "ris" else 15)

    asked = set(args.asn)
    given_away = set()
    if asked:
        for path in args.files:
            given_away |= {f[5] for f in lines(path) if f[2] == "A" and origins(f[6]) & asked}

    verdicts = {}

    def watched(prefix):
        if prefix not in verdicts:
            network = ipaddress.ip_network(prefix, strict=False)
            inside = any(network.version == block.version and network.subnet_of(block) for block in args.prefix)
            verdicts[prefix] = inside or prefix in given_away
        return verdicts[prefix]

    # Consecutive records that differ in their prefix only, as [words before, prefixes, words after].
    records, heard, changed, micro = [], set(), set(), False
    end = (stamp(args.files[-1]) + step).timestamp()

    def add(before, prefix="", after=""):
        last = records[-1] if records else None
        if prefix and last and last[0] == before and last[2] == after and prefix not in last[1]:
            last[1].append(prefix)
        else:
            records.append([before, [prefix] if prefix else [], after])

    for path in args.files:
        for fields in lines(path):
            tag, time, kind, address, asn = fields[:5]
            if not tag.startswith("BGP4MP"):
                sys.exit(f"{path}: `{tag}` is no update; only update files can be read")
            if float(time) >= end:
                continue
            micro |= "." in time
            session = f"{asn}@{address}"
            before = f"{utc(time)} {collector} {session}"
            if kind == "STATE":
                add(f"{before} state {fields[5]} {fields[6]}")
                changed.add(session)
                continue
            prefix = fields[5]
            family = (session, ":" in prefix)
            if watched(prefix) or family not in heard or session in changed:
                heard.add(family)
                changed.discard(session)
                if kind == "A":
                    add(f"{before} announce", prefix, fields[6] or "-")
                else:
                    add(f"{before} withdraw", prefix)

    blocks = [f"--prefix {block}" for block in args.prefix] + [f"--asn {asn}" for asn in args.asn]
    print(f"# What the update files below say of {', '.join(blocks).replace('--', '')}; and who spoke at all, and when.")
    print("# Real data, in order, by the second as recorded. No file is whole here; their sha256 are those of the originals.")
    print("#")
    print(f"# Source: {LICENCES[project]}")
    for path in args.files:
        with open(path, "rb") as file:
            raw = file.read()
        print(f"#   {public_url(collector, path)} {len(raw)} {hashlib.sha256(raw).hexdigest()}")
    print("#")
    print("# Made with bgpdump 1.6.2 (`bgpdump -m`), from the files above in this order:")
    print(f"#   data/events/extract.py --collector {collector} {' '.join(blocks)} FILE...")
    print()
    if micro:
        print(f"micro {collector}")
    spans = [(stamp(path), stamp(path) + step) for path in args.files]
    merged = [list(spans[0])]
    for start, stop in spans[1:]:
        if start <= merged[-1][1]:
            merged[-1][1] = stop
        else:
            merged.append([start, stop])
    for start, stop in merged:
        print(f"cover {collector} {start:%Y-%m-%dT%H:%M:%SZ} {stop:%Y-%m-%dT%H:%M:%SZ}")
    for before, prefixes, after in records:
        print(" ".join(word for word in (before, ",".join(prefixes), after) if word))


main()

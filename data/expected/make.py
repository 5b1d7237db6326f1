#!/usr/bin/env python3
"""Makes the expected tables here with the witness, tests/witness/witness.py, never with dropline.

    make.py MIRROR [NAME]...

MIRROR is a folder that holds the archives named in questions.tsv (for those of `events` and `regression`, which lie here, any). The
tables of each question: NAME.csv (prefixes), and NAME.TABLE.csv of upstreams, ASes, outages, losses and events, or those that its
line names. Of the tables with a row for every minute only the rows are kept that differ from the same prefix's (AS and family's) row
of the minute before: what has no row in a minute is as it was. For a reconstruction and a synthetic case, `dropline encode` (from
target/debug) turns the event table into the files that the witness reads; a synthetic case's tables are `witness.csv` and so on
beside its event table.

Then events.tsv, from the tables of events here: what sentences about each event must say.
"""

import csv
import io
import pathlib
import shlex
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent


# Table -> the ending of its file, and how many columns behind the minute tell the rows of a minute apart.
TABLES = {
    "prefixes": ("", 1),
    "upstreams": (".upstreams", 1),
    "asns": (".asns", 2),
    "outages": (".outages", None),
    "losses": (".losses", None),
    "events": (".events", None),
}

# The columns of events.tsv behind the question's name.
TOLD = "entity start end end_kind prefixes_baseline prefixes_lost_max half_back_at last_back_at common_as prefix_seconds_lost".split()


# Where an event table lies.
EVENTS = {"events": "data/events/{}.events", "regression": "data/regression/{}/events.txt"}


def changes(text, keys):
    rows = list(csv.reader(io.StringIO(text)))
    out, before = [rows[0]], {}
    for minute, *cells in rows[1:]:
        key, values = tuple(cells[:keys]), cells[keys:]
        if before.get(key) != values:
            out.append([minute, *cells])
        before[key] = values
    return out


def questions():
    """(name, folder, arguments, tables) of each."""
    for line in (HERE / "questions.tsv").read_text().splitlines():
        if not line.startswith("#"):
            name, folder, arguments, *tables = line.split("\t")
            yield name, folder, arguments, tables[0].split(",") if tables else list(TABLES)


def make(mirror, name, folder, arguments, tables):
    with tempfile.TemporaryDirectory() as scratch:
        archive = mirror / folder
        made = HERE / name
        if folder in EVENTS:
            archive = scratch
            events = ROOT / EVENTS[folder].format(name)
            subprocess.run([ROOT / "target/debug/dropline", "-q", "encode", events, "-o", scratch], check=True)
        if folder == "regression":
            made = ROOT / f"data/regression/{name}/witness"
            if (made.parent / "archive").is_dir():
                archive = made.parent / "archive"
        witness = [sys.executable, ROOT / "tests/witness/witness.py", "--archive", archive, *shlex.split(arguments)]
        witness += ["--tables", ",".join(tables)]
        said = subprocess.run(witness, check=True, stdout=subprocess.PIPE, text=True).stdout
    for table, text in zip(tables, said.split("\n\n")):
        ending, keys = TABLES[table]
        with open(f"{made}{ending}.csv", "w") as file:
            file.write(f"# Witness: tests/witness/witness.py --archive {folder} {arguments}\n")
            if keys:
                file.write("# Only the rows that differ from the minute before.\n")
                csv.writer(file, lineterminator="\n").writerows(changes(text, keys))
            else:
                file.write(text.rstrip("\n") + "\n")


def tell_events():
    with open(HERE / "events.tsv", "w") as file:
        file.write("# Events, by the witness: make.py writes this from the tables of events beside it.\n")
        file.write("\t".join(["question", *TOLD]) + "\n")
        for name, folder, _, tables in questions():
            if folder == "regression" or "events" not in tables:
                continue
            lines = (HERE / f"{name}.events.csv").read_text().splitlines()[1:]
            for row in csv.DictReader(lines):
                file.write("\t".join([name, *(row[column] for column in TOLD)]) + "\n")


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    mirror, wanted = pathlib.Path(sys.argv[1]), set(sys.argv[2:])
    for name, folder, arguments, tables in questions():
        if not wanted or name in wanted:
            make(mirror, name, folder, arguments, tables)
    tell_events()


main()

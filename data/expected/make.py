#!/usr/bin/env python3
"""Makes the expected tables here with the witness, tests/witness/witness.py, never with dropline.

    make.py MIRROR [NAME]...

MIRROR is a folder that holds the archives named in questions.tsv (for those of `events` and `regression`, which lie here, any). There are three tables of each question: NAME.csv
(prefixes), NAME.units.csv and NAME.upstreams.csv. A table has the witness's columns, but only the rows that differ from the
same prefix's (AS and family's) row of the minute before: what has no row in a minute is as it was. For a reconstruction and a synthetic case, `dropline encode`
(from target/debug) turns the event table into the files that the witness reads; a synthetic case's tables are `witness.csv` and so
on beside its event table.
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
TABLES = {"prefixes": ("", 1), "units": (".units", 2), "upstreams": (".upstreams", 1)}


# Where an event table lies.
EVENTS = {"events": "data/events/{}.events", "regression": "data/regression/{}/events.txt"}


def changes(text, keys):
    rows = list(csv.reader(io.StringIO(text)))
    out, before = [rows[0]], {}
    for minute, *cells in rows[1:]:
        key, values = tuple(cells[:keys]), cells[keys:]
        if key[0] != "all" and before.get(key) != values:
            out.append([minute, *cells])
        before[key] = values
    return out


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    mirror, wanted = pathlib.Path(sys.argv[1]), set(sys.argv[2:])
    for line in (HERE / "questions.tsv").read_text().splitlines():
        if line.startswith("#"):
            continue
        name, folder, arguments = line.split("\t")
        if wanted and name not in wanted:
            continue
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
            witness += ["--tables", ",".join(TABLES)]
            said = subprocess.run(witness, check=True, stdout=subprocess.PIPE, text=True).stdout
        for table, (ending, keys) in zip(said.split("\n\n"), TABLES.values()):
            with open(f"{made}{ending}.csv", "w") as file:
                file.write(f"# Witness: tests/witness/witness.py --archive {folder} {arguments}\n")
                file.write("# Only the rows that differ from the minute before.\n")
                csv.writer(file, lineterminator="\n").writerows(changes(table, keys))


main()

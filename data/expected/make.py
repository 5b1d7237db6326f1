#!/usr/bin/env python3
"""Makes the expected tables here with the witness, tests/witness/witness.py, never with dropline.

    make.py MIRROR [NAME]...

MIRROR is a folder that holds the archives named in questions.tsv. A table has the witness's columns, but only the rows
that differ from the same prefix's row of the minute before: a prefix without a row in a minute is as it was. For a
reconstruction, `dropline encode` (from target/debug) turns the event table into the files that the witness reads.
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


def changes(text):
    rows = list(csv.reader(io.StringIO(text)))
    out, before = [rows[0]], {}
    for minute, prefix, *values in rows[1:]:
        if before.get(prefix) != values:
            out.append([minute, prefix, *values])
        before[prefix] = values
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
            if folder == "events":
                archive = scratch
                events = ROOT / f"data/events/{name}.events"
                subprocess.run([ROOT / "target/debug/dropline", "-q", "encode", events, "-o", scratch], check=True)
            witness = [sys.executable, ROOT / "tests/witness/witness.py", "--archive", archive, *shlex.split(arguments)]
            table = subprocess.run(witness, check=True, stdout=subprocess.PIPE, text=True).stdout
        with open(HERE / f"{name}.csv", "w") as file:
            file.write(f"# Witness: tests/witness/witness.py --archive {folder} {arguments}\n")
            file.write("# Only the rows that differ from the minute before.\n")
            csv.writer(file, lineterminator="\n").writerows(changes(table))


main()

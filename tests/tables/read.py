"""Reads every table of runs as a user would, with polars, pandas and DuckDB, without options.

    read.py COLUMNS.md RUN...

COLUMNS.md is what `dropline columns` prints: it says what each column holds. What the CSV says is
read with Python's own `csv`, and is what the three must say of the CSV and of the Parquet.
"""

import csv
import re
import sys
import warnings
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl

# A column of mixed types is a warning in pandas: here it is an error.
warnings.simplefilter("error")

MINUTE, TIME = "time, to the second", "time, with microseconds"
TEXT, INT, RATIO, TRUTH = "text", "whole number", "ratio", "true or false"
ASNS, INTS, TEXTS = "list of AS numbers", "list of whole numbers", "list of texts"

UTC = pl.Datetime("us", "UTC")
POLARS = {MINUTE: UTC, TIME: UTC, TEXT: pl.String, INT: pl.Int64, RATIO: pl.Float64, TRUTH: pl.Boolean,
          ASNS: pl.List(pl.Int64), INTS: pl.List(pl.Int64), TEXTS: pl.List(pl.String)}
DUCKDB = {MINUTE: "TIMESTAMP WITH TIME ZONE", TIME: "TIMESTAMP WITH TIME ZONE", TEXT: "VARCHAR", INT: "BIGINT",
          RATIO: "DOUBLE", TRUTH: "BOOLEAN", ASNS: "BIGINT[]", INTS: "BIGINT[]", TEXTS: "VARCHAR[]"}
# What a CSV's columns are taken for. A list of whole numbers may be one number throughout.
POLARS_CSV = {MINUTE: {pl.String}, TIME: {pl.String}, TEXT: {pl.String}, INT: {pl.Int64}, RATIO: {pl.Float64},
              TRUTH: {pl.Boolean}, ASNS: {pl.String}, INTS: {pl.String, pl.Int64}, TEXTS: {pl.String}}
TIMES = {"TIMESTAMP", "TIMESTAMP WITH TIME ZONE"}
DUCKDB_CSV = {MINUTE: TIMES, TIME: TIMES, TEXT: {"VARCHAR"}, INT: {"BIGINT"}, RATIO: {"DOUBLE"},
              TRUTH: {"BOOLEAN"}, ASNS: {"VARCHAR"}, INTS: {"VARCHAR", "BIGINT"}, TEXTS: {"VARCHAR"}}
PANDAS_CSV = {MINUTE: "str", TIME: "str", TEXT: "str", INT: "int64 float64", RATIO: "float64", TRUTH: "bool",
              ASNS: "str", INTS: "str int64", TEXTS: "str"}
# polars looks at so many rows of a CSV to know a column's type.
LOOKED_AT = 100


def columns_of(page):
    """By table and column: what it holds."""
    tables, table = {}, None
    for line in Path(page).read_text().splitlines():
        if found := re.match(r"## `(\w+)`", line):
            table = tables.setdefault(found[1], {})
        elif found := re.match(r"\| `(\w+)` \| ([^|]+) \|", line):
            table[found[1]] = found[2]
    return tables


def check(table, path, kinds):
    """One table of one run. Returns its number of rows."""
    with open(path.with_suffix(".csv"), newline="") as file:
        header, *rows = csv.reader(file)
    assert header == list(kinds), (table, header)
    cells = {name: [row[i] for row in rows] for i, name in enumerate(header)}
    csv_file, parquet = str(path.with_suffix(".csv")), str(path.with_suffix(".parquet"))

    of_csv = pl.read_csv(csv_file)
    assert of_csv.columns == header and of_csv.height == len(rows), (table, of_csv)
    with_pandas = pd.read_csv(csv_file)
    assert list(with_pandas.columns) == header and len(with_pandas) == len(rows), (table, with_pandas)
    with_duckdb = duckdb.sql(f"from '{csv_file}'")
    assert with_duckdb.columns == header and len(with_duckdb) == len(rows), (table, with_duckdb)
    for name, kind, duck in zip(header, kinds.values(), with_duckdb.types):
        where = (csv_file, name)
        if any(cells[name][:LOOKED_AT]):
            assert of_csv[name].dtype in POLARS_CSV[kind], (*where, of_csv[name].dtype)
        if any(cells[name]):
            assert str(with_pandas[name].dtype) in PANDAS_CSV[kind].split(), (*where, with_pandas[name].dtype)
            assert str(duck) in DUCKDB_CSV[kind], (*where, duck)

    typed = pl.read_parquet(parquet)
    assert dict(typed.schema) == {name: POLARS[kind] for name, kind in kinds.items()}, (parquet, typed.schema)
    typed_pandas = pd.read_parquet(parquet)
    assert list(typed_pandas.columns) == header and len(typed_pandas) == len(rows)
    typed_duckdb = duckdb.sql(f"from '{parquet}'")
    assert dict(zip(typed_duckdb.columns, map(str, typed_duckdb.types))) == {
        name: DUCKDB[kind] for name, kind in kinds.items()}, (parquet, typed_duckdb.types)
    for name, kind in kinds.items():
        check_values(name, kind, cells[name], typed, typed_pandas, typed_duckdb, (parquet, name))
        if kind == TRUTH and rows:
            check_filter(name, cells[name], of_csv, with_pandas, with_duckdb, csv_file)
            check_filter(name, cells[name], typed, typed_pandas, typed_duckdb, parquet)
    return len(rows)


def check_filter(name, cells, in_polars, in_pandas, in_duckdb, where):
    """A boolean filters as it is, and its opposite gives the rest."""
    yes = sum(cell == "true" for cell in cells)
    assert all(cell in ("true", "false") for cell in cells), (where, name)
    no = len(cells) - yes
    assert in_polars.filter(pl.col(name)).height == yes and in_polars.filter(~pl.col(name)).height == no, where
    assert len(in_pandas[in_pandas[name]]) == yes and len(in_pandas[~in_pandas[name]]) == no, where
    assert len(in_duckdb.filter(name)) == yes and len(in_duckdb.filter(f"not {name}")) == no, where


def check_values(name, kind, cells, in_polars, in_pandas, in_duckdb, where):
    """What the CSV shows is what the Parquet holds; lists can be asked for what they hold."""
    found = in_polars[name].to_list()
    if kind in (ASNS, INTS, TEXTS):
        assert None not in found, f"{where}: an empty list is a list"
        sign = "AS" if kind == ASNS else ""
        assert [" ".join(f"{sign}{part}" for part in row) for row in found] == cells, where
        split = [cell.split() for cell in cells]
        for part in sorted({part for row in split for part in row})[:20]:
            held = sum(part in row for row in split)
            value = part if kind == TEXTS else int(part.removeprefix("AS"))
            assert in_polars.filter(pl.col(name).list.contains(value)).height == held, (where, part)
            assert in_pandas[name].map(lambda row: value in list(row)).sum() == held, (where, part)
            asked = f"list_contains({name}, '{value}')" if kind == TEXTS else f"list_contains({name}, {value})"
            assert len(in_duckdb.filter(asked)) == held, (where, part)
    elif kind == INT:
        assert ["" if value is None else str(value) for value in found] == cells, where
    elif kind == TRUTH:
        assert [str(value).lower() for value in found] == cells, where
    elif kind == RATIO:
        assert ["" if value is None else f"{value:.4f}" for value in found] == cells, where
    elif kind == TEXT:
        assert [value or "" for value in found] == cells, where
    else:
        digits = {MINUTE: "%Y-%m-%dT%H:%M:%SZ", TIME: "%Y-%m-%dT%H:%M:%S.%6fZ"}[kind]
        assert in_polars[name].dt.strftime(digits).fill_null("").to_list() == cells, where


def main():
    page, *runs = sys.argv[1:]
    columns = columns_of(page)
    for run in map(Path, runs):
        tables = sorted(path.stem for path in run.glob("*.parquet"))
        assert tables and set(tables) <= set(columns), (run, tables)
        rows = {table: check(table, run / table, columns[table]) for table in tables}
        print(run.name, rows)


main()

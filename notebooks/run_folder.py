"""What the notebooks share: reading a run's folder, and drawing time and the unknown.

Times are UTC. Unknown values are hatched or left as a gap, never zero.
"""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import matplotlib.dates as mdates
import matplotlib.pyplot as plt
import numpy as np
import polars as pl

HERE = Path(__file__).resolve().parent
EXAMPLE = "kp-2014-12-22-reconstruction"

# The palette of Okabe and Ito, for all kinds of colour vision.
BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILION = (
    "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00",
)
GREY, PALE = "#8a8a8a", "#f1f1f1"

plt.rcParams.update({
    "figure.dpi": 110, "savefig.dpi": 150, "savefig.bbox": "tight", "timezone": "UTC",
    "axes.spines.top": False, "axes.spines.right": False, "axes.titlelocation": "left",
    "axes.titlesize": 11, "font.size": 10, "hatch.linewidth": 0.5, "svg.hashsalt": "dropline",
    "legend.frameon": False, "figure.constrained_layout.use": True,
})
pl.Config.set_tbl_hide_dataframe_shape(True).set_tbl_hide_column_data_types(True)
pl.Config.set_tbl_rows(30).set_fmt_str_lengths(60).set_tbl_cols(20).set_tbl_width_chars(160)


@dataclass
class Run:
    """The folder of a run, written by `dropline run`."""

    folder: Path
    about: dict  # the contents of run.json

    @property
    def title(self):
        """The study's title, or what it watches; a reconstruction is always labelled as such."""
        question = self.about["question"]
        watched = [f"AS{asn}" for asn in question["asns"]] + question["prefixes"]
        watched = watched[:3] + ["…"] * (len(watched) > 3)
        title = self.about.get("title") or question["country"] or ", ".join(watched)
        title = title or "a watch list"
        if self.about["reconstruction"] and "reconstruction" not in title:
            title += " (reconstruction)"
        return title

    @property
    def start(self):
        """The start of the window."""
        return np.datetime64(self.about["question"]["from"].rstrip("Z"), "us")

    @property
    def end(self):
        """The end of the window (exclusive)."""
        return np.datetime64(self.about["question"]["to"].rstrip("Z"), "us")

    def table(self, name):
        """A table as a data frame; None where the run has no table of that name."""
        path = self.folder / f"{name}.parquet"
        return pl.read_parquet(path) if path.is_file() else None

    def scan(self, name):
        """A table as a lazy frame, for tables of many rows."""
        return pl.scan_parquet(self.folder / f"{name}.parquet")


def find():
    """The run to read: DROPLINE_OUT, else `out` in the repository, else a bundled incident that is run now."""
    asked = os.environ.get("DROPLINE_OUT")
    if asked:
        return read(resolve(asked))
    for folder in (Path("out"), HERE.parent / "out", HERE / EXAMPLE):
        if (folder / "run.json").is_file():
            return read(folder)
    make(EXAMPLE, HERE / EXAMPLE)
    return read(HERE / EXAMPLE)


def resolve(path):
    """A path that may be relative to the notebook, to where Jupyter was started, or to the repository."""
    path = Path(path).expanduser()
    bases = [Path.cwd(), Path(os.environ.get("PWD", ".")), HERE.parent]
    return next((base / path for base in bases if (base / path).exists()), path)


def read(folder):
    """The run in a folder."""
    folder = Path(folder).expanduser()
    manifest = folder / "run.json"
    if not manifest.is_file():
        raise FileNotFoundError(
            f"no run in `{folder}`: set the environment variable DROPLINE_OUT to the folder "
            "that `dropline run … -o DIR` wrote"
        )
    return Run(folder, json.loads(manifest.read_text()))


def make(incident, folder):
    """Runs a bundled incident with `dropline` from the PATH or from a build in this repository."""
    built = [HERE.parent / "target" / profile / "dropline" for profile in ("release", "debug")]
    programs = [shutil.which("dropline"), *(str(path) for path in built if path.is_file())]
    program = next((p for p in programs if p), None)
    if program is None:
        raise FileNotFoundError(
            "no run and no `dropline` found: set DROPLINE_OUT to the folder that `dropline run … -o DIR` wrote"
        )
    subprocess.run([program, "run", incident, "-o", str(folder), "--quiet"], check=True)


def others(run):
    """This run and the others in DROPLINE_RUNS, or next to this one; in order of time."""
    asked = os.environ.get("DROPLINE_RUNS")
    parent = resolve(asked) if asked else run.folder.resolve().parent
    found = {manifest.parent.resolve() for manifest in parent.glob("*/run.json")}
    found.add(run.folder.resolve())
    runs = [read(folder) for folder in sorted(found)]
    return sorted(runs, key=lambda r: (r.start, r.end, str(r.folder)))


def by_prefix(run, *columns):
    """The prefixes, the minutes, and each column of `prefixes` as an array of minutes × prefixes."""
    columns = columns or ("status",)
    rows = run.scan("prefixes").select("minute", "prefix", *columns).collect()
    minutes = rows["minute"].unique(maintain_order=True).to_numpy()
    if not len(minutes):
        return [], minutes, *(np.empty((0, 0)) for _ in columns)
    count = rows.height // len(minutes)
    shaped = (rows[c].to_numpy().reshape(len(minutes), count) for c in columns)
    return rows["prefix"][:count].to_list(), minutes, *shaped


def events(run):
    """The rows of `events` as dictionaries, the largest first: what lost most prefix-seconds, before the window included."""
    return sorted(run.table("events").to_dicts(), key=lambda event: (-size(event), event["event"]))


def without_event(run):
    """The rows of `outages` of prefixes that belong to no event: their prefixes were not in the baseline, or were too few."""
    return run.table("outages").filter(pl.col("scope") == "prefix", pl.col("event").is_null())


def second(time):
    """A time as people read it, to the second."""
    return f"{time:%Y-%m-%d %H:%M:%S}"


def duration(seconds):
    """A length of time, such as `47 s`, `3 min 10 s` or `9 h 31 min`."""
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min {seconds % 60} s"
    minutes = (seconds + 30) // 60
    return f"{minutes // 60} h {minutes % 60} min"


def listed(names):
    """Names in words: `A`, `A and B`, `A, B and C`."""
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]


def counted(n, one, many):
    """A count with its noun: `1 prefix`, `4 prefixes`."""
    return f"{n} {one if n == 1 else many}"


def size(event):
    """How large an event is: prefix-seconds lost, before the window included."""
    return event["prefix_seconds_lost"] + event["prefix_seconds_lost_before"]


def whose(event):
    """Whose loss it is."""
    return "the watch list" if event["scope"] == "watch" else event["entity"]


def tell(run, event):
    """An event in sentences: what was lost, from when to when, and how certain that is."""
    lost, members = event["prefixes_lost_max"], event["prefixes_baseline"]
    if lost < members:
        what = f"{lost} of its {members} prefixes"
    else:
        what = {1: "its only prefix", 2: "both of its prefixes"}.get(members, f"all {members} of its prefixes")
    start, end = event["start"], event["end"]
    began = f"at {second(start)} UTC"
    if np.datetime64(start.replace(tzinfo=None), "us") < run.start:
        began += ", before the window,"
    length = duration(int((end - start).total_seconds()))
    first = f"{whose(event)} lost {what}: the loss began {began}"
    if event["end_kind"] == "back":
        sentences = [f"{first} and ended at {second(end)} UTC, {length} later."]
    elif event["end_kind"] == "window":
        sentences = [f"{first} and was not over when the window ended at {second(end)} UTC, {length} later."]
    else:
        sentences = [f"{first} and lasted at least {length}: nothing is known from {second(end)} UTC on."]
    if event["end_kind"] == "back" and event["still_lost"]:
        gone = f"At its end {event['still_lost']} of them were still gone"
        last = event["last_back_at"]
        sentences.append(f"{gone}; the last was back at {second(last)} UTC." if last else f"{gone}, and one at least never came back in the window.")
    if event["baseline"] == "inferred":
        sentences.append("That they were there before is inferred from their withdrawals.")
    if event["baseline"] == "chosen":
        sentences.append("What counts as there before is the state at the instant that `--baseline-at` chose.")
    for which, seconds in (("begun", event["start_uncertainty_s"]), ("ended", event["end_uncertainty_s"])):
        if seconds:
            sentences.append(f"It may have {which} up to {duration(seconds)} earlier.")
    if event["common_as"] is not None:
        sentences.append(f"At least 90 % of the lost paths, and at most 10 % of the others, ran through AS{event['common_as']}.")
    if event["first_lost"]:
        sentences.append(f"The first to lose it was {listed(event['first_lost'])}, the last {listed(event['last_lost'])}.")
    if event["other_origins"]:
        sentences.append(f"Meanwhile {listed([f'AS{asn}' for asn in event['other_origins']])} originated some of these prefixes, which were not theirs before.")
    return sentences


def no_loss(run, line):
    """Why there is no event to tell, and what there is instead."""
    if not line.has_baseline:
        why = f"No event could be told: {line.basis}, so there is nothing to be a share of."
    elif np.isnan(line.share).all():
        why = "No event could be told: too little is known in every minute."
    else:
        why = f"No event was found; too little is known in {np.isnan(line.share).mean():.0%} of the minutes."
    loose = without_event(run)
    if loose.is_empty():
        return why
    outages = counted(loose.height, "outage", "outages")
    prefixes = counted(loose["entity"].n_unique(), "prefix", "prefixes")
    return f"{why} `outages` has {outages} of {prefixes} that are not in the baseline but had been visible for long enough; the first began at {second(loose['start'].min())} UTC."


def share_visible(run):
    """The share of the baseline's prefixes that are visible, minute by minute.

    They are the members of the country or, without a country, of the ASes, both families together.
    `low` counts unknown members as lost, `high` as visible; `share` is `low`, and NaN where these two
    leave the status open (see the method page). Without a baseline nothing can be said.
    """
    group = run.table("country")
    group = run.table("asns") if group is None or group.is_empty() else group
    group = group.group_by("minute").agg(
        pl.col("prefixes_baseline", "prefixes_visible", "prefixes_unknown").sum(), pl.len().alias("groups")
    ).sort("minute")
    minutes = group["minute"].to_numpy().astype("datetime64[us]")
    total = int(group["prefixes_baseline"].max() or 0)
    if total == 0:
        minutes = np.arange(run.start.astype("datetime64[m]"), run.end, np.timedelta64(1, "m")).astype("datetime64[us]")
        empty = np.full(len(minutes), np.nan)
        return ShareSeries(minutes, empty, empty * 0, empty * 0 + 1, "no prefix was in the baseline")
    low = group["prefixes_visible"].to_numpy() / total
    high = (group["prefixes_visible"] + group["prefixes_unknown"]).to_numpy() / total
    is_known = (low >= 0.9) | (high < 0.5) | ((low >= 0.5) & (high < 0.9))
    return ShareSeries(minutes, np.where(is_known, low, np.nan), low, high, f"of {total} prefixes in the baseline")


@dataclass
class ShareSeries:
    """A share per minute, with its bounds if unknown members were lost or visible."""

    minutes: np.ndarray
    share: np.ndarray
    low: np.ndarray
    high: np.ndarray
    basis: str  # what it is a share of

    @property
    def has_baseline(self):
        """Whether there is anything to be a share of."""
        return self.basis != "no prefix was in the baseline"


def utc(ax):
    """Labels the time axis in UTC."""
    locator = mdates.AutoDateLocator(tz="UTC", minticks=3, maxticks=9)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(mdates.ConciseDateFormatter(locator, tz="UTC"))
    ax.set_xlabel("UTC", loc="left")


def hatch_unknown(ax, minutes, is_unknown, label="unknown"):
    """Hatches the minutes that are unknown."""
    minute = np.timedelta64(1, "m")
    edges = np.flatnonzero(np.diff(np.concatenate(([0], is_unknown.astype(int), [0]))))
    for first, after in edges.reshape(-1, 2):
        ax.axvspan(minutes[first], minutes[after - 1] + minute, facecolor=PALE, edgecolor="#b5b5b5",
                   hatch="////", linewidth=0, zorder=0.5, label=label)
        label = None


def hatch_background(ax):
    """Hatches the background, which shows through transparent cells of an image."""
    ax.patch.set(facecolor=PALE, hatch="////", edgecolor="#b5b5b5")


def save(fig, name):
    """Saves a figure as PNG and SVG in DROPLINE_FIGURES, or in `figures` next to the notebooks."""
    folder = Path(os.environ.get("DROPLINE_FIGURES") or HERE / "figures")
    folder.mkdir(parents=True, exist_ok=True)
    fig.savefig(folder / f"{name}.png")
    fig.savefig(folder / f"{name}.svg", metadata={"Date": None})
    print(f"saved: {folder / name}.png, .svg")

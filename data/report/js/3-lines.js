// Charts over time. uPlot draws axes and lines, and handles the pointer; all charts show the same span of
// time as the raster. Below each chart stands what its rows say of the minute that is pointed at.
const whole = { from: D.from, to: D.from + D.minutes * 60 };
let view = { ...whole };
const charts = [];
let tellers = [];
let printing = false;

function setView(from, to) {
  view = { from: Math.max(whole.from, Math.floor(from / 60) * 60), to: Math.min(whole.to, Math.ceil(to / 60) * 60) };
  if (view.to - view.from < 120) view.to = Math.min(whole.to, view.from + 120);
  $("whole").hidden = view.from === whole.from && view.to === whole.to;
  for (const chart of charts) chart.setScale("x", { min: view.from, max: view.to });
  drawRaster();
}

/** The run that holds a minute. Runs begin with their first minute and last until the next begins. */
function runAt(runs, minute) {
  let low = 0, high = runs.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (runs[middle][0] <= minute) low = middle; else high = middle - 1;
  }
  return runs[low];
}

/** Writes below every chart what its rows say of a minute. */
function tellMinute(minute) {
  for (const { readout, tell } of tellers) readout.textContent = tell(minute);
}

function axisTimes(u, values) {
  let day = "";
  return values.map(v => {
    const [date, time] = stamp(v).split(" ");
    const text = date === day ? time : time + "\n" + date.slice(5);
    day = date;
    return text;
  });
}

/** The hatching of what is unknown. */
function hatching(context) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 8;
  const c = tile.getContext("2d");
  c.strokeStyle = colours["hatch-a"];
  for (const x of [-8, 0, 8]) {
    c.moveTo(x, 8);
    c.lineTo(x + 8, 0);
  }
  c.stroke();
  return context.createPattern(tile, "repeat");
}

/** Hooks that shade and number events and hatch the unknown behind a chart, draw the stack of the upstreams, and dot published times in front. */
function overlays(spans, unknown, stack) {
  const across = (u, from, to) => {
    const left = Math.max(u.bbox.left, u.valToPos(from, "x", true));
    const right = Math.min(u.bbox.left + u.bbox.width, u.valToPos(to, "x", true));
    return [left, right - left];
  };
  const fill = (u, style, from, to, least) => {
    const [left, width] = across(u, from, to);
    if (width < 0) return;
    u.ctx.fillStyle = style;
    u.ctx.fillRect(left, u.bbox.top, Math.max(least, width), u.bbox.height);
  };
  /** The events' numbers, at the foot of their shades and as far as there is room. */
  const number = u => {
    const size = Math.round(11 * devicePixelRatio);
    u.ctx.font = "600 " + size + "px system-ui, sans-serif";
    u.ctx.fillStyle = colours.ink;
    u.ctx.textAlign = "center";
    let free = -Infinity;
    for (const [from, to, event] of spans) {
      if (!event || to <= view.from || from >= view.to) continue;
      const [left, width] = across(u, from, to), text = String(event), half = u.ctx.measureText(text).width / 2;
      // Beside a narrow span, so that the line does not cross it.
      const wanted = width > half * 4 ? left + width / 2 : left + Math.max(2, width) + half + size / 4;
      const middle = Math.max(u.bbox.left + half, Math.min(u.bbox.left + u.bbox.width - half, wanted));
      if (middle - half < free) continue;
      u.ctx.fillText(text, middle, u.bbox.top + u.bbox.height - size);
      free = middle + half + size / 3;
    }
  };
  return {
    drawClear: u => {
      u.ctx.save();
      for (const [from, to] of spans) if (to > view.from && from < view.to) fill(u, colours.shade, from, to, 2);
      const hatch = hatching(u.ctx);
      for (const [first, end] of unknown) fill(u, hatch, timeOf(first), timeOf(end), 1);
      stack?.(u);
      u.ctx.restore();
    },
    draw: u => {
      u.ctx.save();
      number(u);
      u.ctx.strokeStyle = colours.ink;
      u.ctx.lineWidth = Math.max(1, u.bbox.height / 160);
      u.ctx.setLineDash([4, 4]);
      for (const at of D.published) {
        if (at < view.from || at > view.to) continue;
        const left = Math.round(u.valToPos(at, "x", true)) + 0.5;
        u.ctx.beginPath();
        u.ctx.moveTo(left, u.bbox.top);
        u.ctx.lineTo(left, u.bbox.top + u.bbox.height);
        u.ctx.stroke();
      }
      u.ctx.restore();
    },
  };
}

/** Adds a chart, and returns its figure. `tell` gives the text for a minute. */
function chart(into, { name, label, data, series, bands, spans, unknown, stack, y, tell }) {
  const figure = document.createElement("figure");
  const caption = document.createElement("figcaption");
  caption.textContent = name;
  const box = document.createElement("div");
  box.setAttribute("role", "img");
  box.setAttribute("aria-label", label);
  const readout = document.createElement("p");
  readout.className = "minute";
  readout.textContent = "Point at a minute to read it.";
  figure.append(caption, box, readout);
  into.append(figure);
  const axis = { stroke: () => colours.soft, grid: { stroke: () => colours.rule, width: 1 }, ticks: { stroke: () => colours.rule, width: 1 }, font: "12px system-ui, sans-serif" };
  const options = {
    width: printing ? 660 : into.clientWidth, height: y.height, tzDate: t => new Date(t * 1000 + new Date(t * 1000).getTimezoneOffset() * 60000),
    cursor: { sync: { key: "time" }, points: { show: false }, drag: { x: true, y: false, setScale: false }, bind: { dblclick: () => () => setView(whole.from, whole.to) } },
    legend: { show: false },
    scales: { x: { time: true, range: () => [view.from, view.to] }, y: { range: y.range } },
    axes: [{ ...axis, values: axisTimes, size: 44, space: 70 }, { ...axis, values: y.values, size: 52 }],
    series: [{}, ...series],
    bands, hooks: {
      ...Object.fromEntries(Object.entries(overlays(spans, unknown, stack)).map(([k, f]) => [k, [f]])),
      setSelect: [u => { if (u.select.width > 4) { setView(u.posToVal(u.select.left, "x"), u.posToVal(u.select.left + u.select.width, "x")); u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false); } }],
    },
  };
  const plot = new uPlot(options, data, box);
  charts.push(plot);
  tellers.push({ readout, tell });
  plot.over.addEventListener("pointermove", e => {
    const plane = plot.over.getBoundingClientRect();
    const seconds = view.from + (e.clientX - plane.left) / plane.width * (view.to - view.from);
    tellMinute(Math.max(0, Math.min(D.minutes - 1, Math.floor((seconds - whole.from) / 60))));
  });
  return figure;
}

const stepped = uPlot.paths.stepped({ align: 1, alignGaps: 1 });

/** A share in percent, with one decimal where there is any. */
const percent = share => Math.round(share * 1000) / 10 + " %";

// A run of a line: its first minute; members visible and unknown, and other prefixes visible, at the end of
// each of its minutes; the status.
function drawLine(into, line) {
  const x = [], value = [], low = [], high = [], unknown = [];
  let fewest = null;
  line.runs.forEach(([first, visible, open, , status], at) => {
    const known = status !== UNKNOWN;
    const share = visible / line.baseline;
    x.push(timeOf(first));
    value.push(known ? share : null);
    low.push(share);
    high.push((visible + open) / line.baseline);
    if (known) fewest = Math.min(fewest ?? 1, share);
    else unknown.push([first, line.runs[at + 1]?.[0] ?? D.minutes]);
  });
  x.push(whole.to);
  for (const series of [value, low, high]) series.push(series[series.length - 1]);
  const members = line.baseline + (line.baseline === 1 ? " prefix" : " prefixes");
  const label = line.name + ": share of prefixes visible over time" + (fewest === null ? ", unknown throughout." : ", lowest " + percent(fewest) + ".") + " The figures are in the tables below.";
  const tell = minute => {
    const [first, visible, open, others, status] = runAt(line.runs, minute);
    const when = line.step > 1 ? "the lowest of the " + line.step + " minutes from " + stamp(timeOf(first)) : stamp(timeOf(minute));
    return line.name + " at " + when + " UTC: " + STATUS[status] + ". " + visible + " of " + members + " visible (" + percent(visible / line.baseline) + ")" +
      (open ? ", " + open + " unknown" : "") + (others ? "; " + others + (others === 1 ? " other is" : " others are") + " visible, too" : "") + ".";
  };
  const plain = { paths: stepped, points: { show: false } };
  chart(into, {
    name: line.name + ", " + members, label, tell, unknown, spans: line.spans, data: [x, value, low, high],
    series: [{ ...plain, stroke: () => colours.line, width: 2 }, { ...plain, stroke: () => "transparent" }, { ...plain, stroke: () => "transparent" }],
    bands: [{ series: [3, 2], fill: () => colours.band }],
    y: { height: D.lines.length > 2 ? 150 : 230, range: [-0.03, 1.04], values: (u, vs) => vs.map(v => v < 0 || v > 1 ? "" : Math.round(v * 100) + " %") },
  });
}

/** Draws the paths by upstream, one above the other. Where minutes share a column of pixels, the one with the fewest paths is drawn. */
function drawStack(u) {
  const { runs } = D.via, from = (view.from - whole.from) / 60, count = (view.to - view.from) / 60;
  const width = Math.max(1, Math.round(u.bbox.width)), total = run => run.slice(1).reduce((sum, n) => sum + n, 0);
  const lowest = new Array(width).fill(null);
  runs.forEach((run, at) => {
    const first = Math.max(run[0], from), end = Math.min(runs[at + 1]?.[0] ?? D.minutes, from + count);
    if (first >= end) return;
    const left = Math.floor((first - from) * width / count), right = Math.max(left + 1, Math.floor((end - from) * width / count));
    const drawn = { run, total: total(run) };
    for (let column = left; column < right && column < width; column++) if (!lowest[column] || drawn.total < lowest[column].total) lowest[column] = drawn;
  });
  const height = n => u.valToPos(n, "y", true);
  for (let left = 0, right; left < width; left = right) {
    for (right = left + 1; right < width && lowest[right] === lowest[left];) right++;
    let below = 0;
    lowest[left]?.run.slice(1).forEach((n, layer) => {
      u.ctx.fillStyle = colours["c" + D.via.colours[layer]];
      u.ctx.fillRect(u.bbox.left + left, height(below + n), right - left, height(below) - height(below + n));
      below += n;
    });
  }
}

function drawUpstreams() {
  const into = $("via");
  if (!into || !D.via.runs.length) return;
  const { names, runs, step, unknown } = D.via;
  const totals = runs.map(run => run.slice(1).reduce((sum, n) => sum + n, 0));
  const most = Math.max(1, ...totals);
  const isUnknown = minute => unknown.some(([first, end]) => first <= minute && minute < end);
  const tell = minute => {
    const [first, ...counts] = runAt(runs, minute);
    const via = names.map((name, i) => [name, counts[i]]).filter(([, n]) => n > 0).map(([name, n]) => name + " " + n);
    return "At " + stamp(timeOf(step > 1 ? Math.max(first, minute - minute % step) : minute)) + " UTC, paths by upstream: " + (via.join(", ") || "none") + "." + (isUnknown(minute) ? " More than half of the prefixes are unknown." : "");
  };
  const figure = chart(into, {
    name: "Paths by upstream", label: "Paths by upstream over time, stacked: " + names.join(", ") + ". The table below lists when each was seen.",
    tell, unknown, spans: [], stack: drawStack, data: [[whole.from, whole.to], [0, most]], bands: [],
    series: [{ stroke: () => "transparent", points: { show: false } }],
    y: { height: 240, range: [0, most * 1.04], values: (u, vs) => vs.map(v => v === Math.round(v) ? String(v) : "") },
  });
  const legend = document.createElement("ul");
  legend.className = "legend";
  const entries = names.map((name, i) => ["c" + D.via.colours[i], name]);
  if (unknown.length) entries.push(["unknown", "more than half of the prefixes unknown"]);
  for (const [style, text] of entries) {
    const entry = document.createElement("li"), swatch = document.createElement("i");
    swatch.className = style;
    entry.append(swatch, text);
    legend.append(entry);
  }
  figure.firstChild.after(legend);
}

function drawCharts() {
  while (charts.length) charts.pop().destroy();
  tellers = [];
  $("lines").replaceChildren();
  if ($("via")) $("via").replaceChildren();
  for (const line of D.lines) drawLine($("lines"), line);
  drawUpstreams();
}

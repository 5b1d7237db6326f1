// Line charts, drawn by uPlot. They show the same span of time as the raster.
const whole = { from: D.from, to: D.from + D.minutes * 60 };
let view = { ...whole };
const charts = [];
let printing = false;

function setView(from, to) {
  view = { from: Math.max(whole.from, Math.floor(from / 60) * 60), to: Math.min(whole.to, Math.ceil(to / 60) * 60) };
  if (view.to - view.from < 120) view.to = Math.min(whole.to, view.from + 120);
  $("whole").hidden = view.from === whole.from && view.to === whole.to;
  for (const chart of charts) chart.setScale("x", { min: view.from, max: view.to });
  drawRaster();
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

/** Hooks that shade outages behind a chart and dot published times in front of it. */
function overlays(spans) {
  const across = (u, from, to) => {
    const left = Math.max(u.bbox.left, u.valToPos(from, "x", true));
    const right = Math.min(u.bbox.left + u.bbox.width, u.valToPos(to, "x", true));
    return [left, right - left];
  };
  return {
    drawClear: u => {
      u.ctx.save();
      for (const [from, to] of spans) {
        const [left, width] = across(u, from, to);
        if (width < 0) continue;
        u.ctx.fillStyle = colours.shade;
        u.ctx.fillRect(left, u.bbox.top, Math.max(2, width), u.bbox.height);
      }
      u.ctx.restore();
    },
    draw: u => {
      u.ctx.save();
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

function chart(into, name, label, data, series, bands, spans, y) {
  const figure = document.createElement("figure");
  const caption = document.createElement("figcaption");
  caption.textContent = name;
  const box = document.createElement("div");
  box.setAttribute("role", "img");
  box.setAttribute("aria-label", label);
  figure.append(caption, box);
  into.append(figure);
  const axis = { stroke: () => colours.soft, grid: { stroke: () => colours.rule, width: 1 }, ticks: { stroke: () => colours.rule, width: 1 }, font: "12px system-ui, sans-serif" };
  const options = {
    width: printing ? 660 : into.clientWidth, height: y.height, tzDate: t => new Date(t * 1000 + new Date(t * 1000).getTimezoneOffset() * 60000),
    cursor: { sync: { key: "time" }, drag: { x: true, y: false, setScale: false }, bind: { dblclick: () => () => setView(whole.from, whole.to) } },
    scales: { x: { time: true, range: () => [view.from, view.to] }, y: { range: y.range } },
    axes: [{ ...axis, values: axisTimes, size: 44, space: 70 }, { ...axis, values: y.values, size: 52 }],
    series: [{ label: "UTC", value: (u, v) => v == null ? "" : stamp(v) }, ...series],
    bands, hooks: {
      ...Object.fromEntries(Object.entries(overlays(spans)).map(([k, f]) => [k, [f]])),
      setSelect: [u => { if (u.select.width > 4) { setView(u.posToVal(u.select.left, "x"), u.posToVal(u.select.left + u.select.width, "x")); u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false); } }],
    },
  };
  charts.push(new uPlot(options, data, box));
}

const stepped = uPlot.paths.stepped({ align: 1, alignGaps: 1 });

function drawLine(into, line) {
  const x = [], value = [], low = [], high = [];
  let last = 0, fewest = 1;
  for (const [first, visible, least, most, all, status] of line.runs) {
    const known = status !== UNKNOWN && status !== UNSEEN;
    const share = n => Math.min(1, n / all);
    x.push(timeOf(first)); value.push(known ? share(visible) : null); low.push(share(least)); high.push(share(most));
    if (known) fewest = Math.min(fewest, share(visible));
    last = value.length - 1;
  }
  x.push(whole.to); value.push(value[last] ?? null); low.push(low[last]); high.push(high[last]);
  const percent = v => v == null ? "unknown" : Math.round(v * 1000) / 10 + " %";
  const none = value.every(v => v == null);
  const label = line.name + ": share of prefixes visible over time" + (none ? ", unknown throughout." : ", lowest " + percent(fewest) + ".") + " The figures are in the tables below.";
  chart(into, line.name + ", " + line.all + (line.all === 1 ? " prefix" : " prefixes"), label, [x, value, low, high], [
    { label: "visible", stroke: () => colours.line, width: 2, paths: stepped, points: { show: false }, value: (u, v, s, at) => at == null ? "–" : percent(v) },
    { label: "low", stroke: () => "transparent", paths: stepped, points: { show: false }, value: (u, v, s, at) => at == null ? "–" : percent(v) },
    { label: "high", stroke: () => "transparent", paths: stepped, points: { show: false }, value: (u, v, s, at) => at == null ? "–" : percent(v) },
  ], [{ series: [3, 2], fill: () => colours.band }], line.spans, { height: D.lines.length > 2 ? 150 : 230, range: [0, 1.04], values: (u, vs) => vs.map(v => v > 1 ? "" : Math.round(v * 100) + " %") });
}

function drawUpstreams() {
  const into = $("via");
  if (!into || !D.via.runs.length) return;
  const names = D.via.names, x = [], sums = names.map(() => []);
  for (const [first, ...counts] of D.via.runs) {
    x.push(timeOf(first));
    let sum = 0;
    counts.forEach((n, i) => sums[i].push(sum += n));
  }
  x.push(whole.to);
  sums.forEach(s => s.push(s[s.length - 1]));
  const series = names.map((name, i) => ({
    label: name, stroke: () => colours["c" + D.via.colours[i]], fill: i ? undefined : () => colours["c" + D.via.colours[0]], width: 1, paths: stepped, points: { show: false },
    value: (u, v, s, at) => at == null ? "" : String(sums[i][at] - (i ? sums[i - 1][at] : 0)),
  }));
  const bands = names.slice(1).map((_, i) => ({ series: [i + 2, i + 1], fill: () => colours["c" + D.via.colours[i + 1]] }));
  const most = Math.max(1, ...sums[sums.length - 1]);
  chart(into, "Paths by upstream", "Paths by upstream over time, stacked: " + names.join(", ") + ". The table below lists when each was seen.", [x, ...sums], series, bands, [], { height: 240, range: [0, most * 1.04], values: (u, vs) => vs.map(v => v === Math.round(v) ? String(v) : "") });
}

function drawCharts() {
  while (charts.length) charts.pop().destroy();
  $("lines").replaceChildren();
  if ($("via")) $("via").replaceChildren();
  for (const line of D.lines) drawLine($("lines"), line);
  drawUpstreams();
}

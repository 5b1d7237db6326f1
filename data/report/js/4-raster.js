// The raster: one canvas as large as its visible part, beside a list with the names of the prefixes.
const grid = $("grid"), canvas = $("cells"), cross = $("cross"), plane = canvas.parentElement;
const names = grid.querySelector(".names");
const labels = [...names.children];
const prefixes = labels.map(l => l.dataset.prefix);
const rows = D.raster.rows.map(decode);
let order = rows.map((_, i) => i);
let rowHeight = 16;
let selected = { row: 0, minute: 0 };

function layout() {
  const wanted = $("size").value, n = Math.max(1, rows.length);
  const fit = n <= 60 ? Math.max(16, Math.min(30, Math.floor(240 / n))) : Math.max(1, Math.min(14, Math.floor(640 / n)));
  rowHeight = printing ? Math.max(0.4, Math.min(14, 860 / n)) : wanted === "auto" ? fit : Number(wanted);
  names.style.setProperty("--row", rowHeight + "px");
  showNames();
  names.classList.toggle("long", prefixes.some(p => p.length > 18));
  plane.style.height = rowHeight * rows.length + "px";
}

/** Where rows are too low for their names, only every n-th name is shown. */
function showNames() {
  const every = Math.ceil(11 / rowHeight);
  names.classList.toggle("thin", rowHeight < 11);
  order.forEach((prefix, row) => labels[prefix].classList.toggle("named", row % every === 0));
}

function palette() {
  const solid = [], pale = [];
  for (let i = 0; i < 8; i++) {
    solid.push(pixel(colours["c" + i]));
    pale.push(pixel(colours["c" + i], colours.bg, 0.45));
  }
  return { solid, pale, down: pixel(colours.down), unseen: pixel(colours.unseen), dot: pixel(colours.dot), bg: pixel(colours.bg), a: pixel(colours["hatch-a"]), b: pixel(colours["hatch-b"]) };
}

const WEIGHT = [1, 3, 5, 2, 0];
/** For each column of pixels, the most important state of its minutes. */
function columns(row, width, into) {
  const first = (view.from - whole.from) / 60, count = (view.to - view.from) / 60;
  into.fill(-1);
  const weightOf = s => isDip(s) ? 4 : WEIGHT[STATES[s][0]];
  for (let i = intervalAt(row, first); i < row.states.length && row.starts[i] < first + count; i++) {
    const from = Math.max(0, Math.floor((row.starts[i] - first) * width / count));
    const to = Math.min(width, Math.max(from + 1, Math.floor((row.starts[i + 1] - first) * width / count)));
    const state = row.states[i];
    for (let x = from; x < to; x++) if (into[x] < 0 || weightOf(state) > weightOf(into[x])) into[x] = state;
  }
}

function drawRaster() {
  const ratio = printing ? 3 : Math.min(3, devicePixelRatio || 1);
  const cssWidth = printing ? 520 : plane.clientWidth;
  const whole = rowHeight * rows.length;
  const cssHeight = printing ? whole : Math.min(whole, grid.clientHeight);
  const width = Math.max(1, Math.round(cssWidth * ratio)), height = Math.max(1, Math.round(cssHeight * ratio));
  canvas.width = width;
  canvas.height = height;
  canvas.style.height = cssHeight + "px";
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer), colour = palette(), states = new Int32Array(width);
  const top = printing ? 0 : Math.min(grid.scrollTop, whole - cssHeight);
  const gap = rowHeight >= 6 ? Math.max(1, Math.round(ratio)) : 0, step = Math.max(3, Math.round(3 * ratio)), dot = Math.max(1, Math.round(1.5 * ratio));
  let drawn = -1;
  for (let y = 0; y < height; y++) {
    const row = Math.min(rows.length - 1, Math.floor((y / ratio + top) / rowHeight));
    if (row !== drawn) {
      columns(rows[order[row]], width, states);
      drawn = row;
    }
    const inside = (y / ratio + top) - row * rowHeight;
    const isGap = gap && inside >= rowHeight - gap / ratio;
    const isLow = rowHeight < 5 || inside > rowHeight * 0.6;
    for (let x = 0, at = y * width; x < width; x++, at++) {
      const state = states[x];
      if (isGap) { pixels[at] = colour.bg; continue; }
      const status = state < 0 ? UNKNOWN : STATES[state][0];
      if (status === UNKNOWN) { pixels[at] = ((x + y) % (2 * step)) < step ? colour.a : colour.b; continue; }
      if (status === DOWN || (isLow && isDip(state))) { pixels[at] = colour.down; continue; }
      if (status > UNKNOWN) { pixels[at] = x % (2 * step) < dot && y % (2 * step) < dot ? colour.dot : colour.unseen; continue; }
      const up = mainUpstream(state), c = up < 0 ? 7 : D.colours[up];
      pixels[at] = status === UP ? colour.solid[c] : colour.pale[c];
    }
  }
  context.putImageData(image, 0, 0);
  drawAxis(cssWidth, ratio);
  showCross();
}

function drawAxis(cssWidth, ratio) {
  const axis = $("axis"), left = printing ? 0 : plane.getBoundingClientRect().left - grid.getBoundingClientRect().left;
  const total = printing ? cssWidth : grid.clientWidth;
  axis.width = total * ratio;
  axis.height = 22 * ratio;
  const c = axis.getContext("2d");
  c.scale(ratio, ratio);
  c.fillStyle = colours.soft;
  c.font = "11px system-ui, sans-serif";
  const span = view.to - view.from, most = Math.max(2, Math.floor(cssWidth / 80));
  const step = [60, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800, 2592000].find(s => span / s <= most) || 7776000;
  for (let t = Math.ceil(view.from / step) * step; t <= view.to; t += step) {
    const x = left + (t - view.from) / span * cssWidth;
    c.fillRect(x, 0, 1, 5);
    const text = step >= 86400 || t % 86400 === 0 ? stamp(t).slice(5, 10) : stamp(t).slice(11), w = c.measureText(text).width;
    c.fillText(text, Math.min(Math.max(left, x - w / 2), total - w), 17);
  }
}

function showCross() {
  const count = (view.to - view.from) / 60, first = (view.from - whole.from) / 60;
  const width = plane.clientWidth / count;
  cross.style.left = (selected.minute - first) * width - 2 + "px";
  cross.style.width = Math.max(2, width) + 4 + "px";
  cross.style.top = selected.row * rowHeight - 2 + "px";
  cross.style.height = rowHeight + 4 + "px";
}

/** Selects a cell, and returns it in words. */
function select(row, minute, byKey) {
  labels[order[selected.row]]?.classList.remove("on");
  selected = { row: Math.max(0, Math.min(rows.length - 1, row)), minute: Math.max(0, Math.min(D.minutes - 1, minute)) };
  if (!rows.length) return "";
  const prefix = order[selected.row];
  labels[prefix].classList.add("on");
  const data = rows[prefix];
  const text = describe(prefixes[prefix], selected.minute, data.states[intervalAt(data, selected.minute)]);
  $("readout").textContent = text;
  tellMinute(selected.minute);
  cross.hidden = false;
  if (byKey) {
    const top = selected.row * rowHeight;
    if (top < grid.scrollTop) grid.scrollTop = top;
    else if (top + rowHeight > grid.scrollTop + grid.clientHeight) grid.scrollTop = top + rowHeight - grid.clientHeight;
    if (timeOf(selected.minute) < view.from || timeOf(selected.minute) >= view.to) setView(whole.from, whole.to);
    labels[prefix].setAttribute("aria-selected", "true");
  }
  showCross();
  return text;
}

/** The minute of the next change of the selected prefix, or of the previous one. */
function nextChange(direction) {
  const row = rows[order[selected.row]], at = intervalAt(row, selected.minute);
  if (direction > 0) return at + 1 < row.states.length ? row.starts[at + 1] : selected.minute;
  return row.starts[Math.max(0, row.starts[at] < selected.minute ? at : at - 1)];
}

function listen() {
  const tip = $("tip");
  const point = e => {
    const box = canvas.getBoundingClientRect();
    const row = Math.floor((e.clientY - plane.getBoundingClientRect().top) / rowHeight);
    const minute = Math.floor((view.from - whole.from) / 60 + (e.clientX - box.left) / box.width * (view.to - view.from) / 60);
    tip.textContent = select(row, minute, false);
    tip.hidden = false;
    tip.style.left = Math.max(4, Math.min(e.clientX + 14, innerWidth - tip.offsetWidth - 8)) + "px";
    tip.style.top = (e.clientY + 18 + tip.offsetHeight > innerHeight ? e.clientY - tip.offsetHeight - 12 : e.clientY + 18) + "px";
  };
  canvas.addEventListener("pointermove", point);
  canvas.addEventListener("pointerdown", point);
  canvas.addEventListener("pointerleave", () => { tip.hidden = true; });
  let isScheduled = false;
  grid.addEventListener("scroll", () => {
    tip.hidden = true;
    if (!isScheduled) { isScheduled = true; requestAnimationFrame(() => { isScheduled = false; drawRaster(); }); }
  });
  grid.addEventListener("focus", () => select(selected.row, selected.minute, true));
  grid.addEventListener("keydown", e => {
    if (e.ctrlKey || e.altKey || e.metaKey) return;
    const step = e.shiftKey ? 10 : 1, { row, minute } = selected;
    const to = {
      ArrowRight: [row, minute + step], ArrowLeft: [row, minute - step], ArrowDown: [row + step, minute], ArrowUp: [row - step, minute],
      Home: [row, 0], End: [row, D.minutes - 1], PageDown: [row + 10, minute], PageUp: [row - 10, minute],
      n: [row, nextChange(1)], p: [row, nextChange(-1)],
    }[e.key];
    if (!to) return;
    e.preventDefault();
    tip.hidden = true;
    select(to[0], to[1], true);
  });
  $("size").addEventListener("change", () => { layout(); drawRaster(); });
  $("sort").addEventListener("change", () => {
    const firstDown = i => { const k = rows[i].states.findIndex(s => STATES[s][0] === DOWN); return k < 0 ? Infinity : rows[i].starts[k]; };
    const main = i => Math.min(...[...rows[i].states].map(mainUpstream).filter(u => u >= 0), 1e9);
    const key = { address: () => 0, down: firstDown, upstream: main }[$("sort").value];
    const keys = rows.map((_, i) => key(i));
    order = rows.map((_, i) => i).sort((a, b) => (keys[a] === keys[b] ? 0 : keys[a] < keys[b] ? -1 : 1) || a - b);
    names.append(...order.map(i => labels[i]));
    showNames();
    drawRaster();
  });
  $("whole").addEventListener("click", () => setView(whole.from, whole.to));
}

// Starts everything, and redraws when the colours, the width or the medium change.
document.documentElement.classList.add("has-js");
function redraw() {
  showTheme();
  layout();
  drawCharts();
  drawRaster();
}
for (const table of document.querySelectorAll("table[data-sort]")) sortable(table);
for (const table of document.querySelectorAll("table[data-filter]")) filterable(table);
listen();
$("theme").addEventListener("click", () => {
  document.documentElement.dataset.theme = isDark() ? "light" : "dark";
  redraw();
});
systemDark.addEventListener("change", redraw);
let lastWidth = 0;
new ResizeObserver(() => {
  const width = document.body.clientWidth;
  if (!printing && width !== lastWidth) { lastWidth = width; redraw(); }
}).observe(document.body);

let beforePrint = null;
addEventListener("beforeprint", () => {
  if (printing) return;
  printing = true;
  beforePrint = { theme: document.documentElement.dataset.theme, closed: [...document.querySelectorAll("details:not([open])")] };
  document.documentElement.dataset.theme = "light";
  beforePrint.closed.forEach(d => { d.open = true; });
  redraw();
});
addEventListener("afterprint", () => {
  printing = false;
  if (beforePrint?.theme) document.documentElement.dataset.theme = beforePrint.theme; else delete document.documentElement.dataset.theme;
  beforePrint?.closed.forEach(d => { d.open = false; });
  redraw();
});
redraw();
document.documentElement.dataset.drawn = "yes";

// Tables that are sorted by clicking a heading and filtered by words.
function sortable(table) {
  const body = table.tBodies[0], heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, at) => {
    if (head.classList.contains("tracks")) return;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const descending = head.getAttribute("aria-sort") === "ascending";
      heads.forEach(h => h.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", descending ? "descending" : "ascending");
      const value = row => row.cells[at].dataset.v ?? row.cells[at].textContent.trim();
      const rows = [...body.rows].map(row => [value(row), row]);
      const isNumeric = rows.every(([v]) => v === "" || !isNaN(v));
      rows.sort(([a], [b]) => (a === "") - (b === "") || (descending ? -1 : 1) * (isNumeric ? a - b : a.localeCompare(b, "en", { numeric: true })));
      body.append(...rows.map(([, row]) => row));
    });
  });
}

function filterable(table) {
  const rows = [...table.tBodies[0].rows], name = table.dataset.filter;
  const label = document.createElement("label"), input = document.createElement("input"), status = document.createElement("span");
  label.className = "filter";
  label.append("Filter " + name + " ", input, status);
  input.type = "search";
  status.setAttribute("role", "status");
  status.className = "small";
  input.addEventListener("input", () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let left = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every(w => text.includes(w));
      left += !row.hidden;
    }
    status.textContent = words.length ? left + " of " + rows.length + " rows" : "";
  });
  table.closest(".scroll").before(label);
}

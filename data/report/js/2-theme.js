// Light and dark colours: the system's choice, or the button's. Print is always light.
const colours = {};
function readColours() {
  const style = getComputedStyle(document.documentElement);
  for (const name of ["bg", "ink", "soft", "rule", "line", "band", "down", "shade", "unseen", "dot", "hatch-a", "hatch-b", "c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7"]) {
    colours[name] = style.getPropertyValue("--" + name).trim();
  }
}

/** A colour `#rrggbb`, mixed with `share` of it over another, as a pixel of a little-endian image. */
function pixel(hex, over, share) {
  const part = i => {
    const a = parseInt(hex.slice(1 + i * 2, 3 + i * 2), 16);
    return over === undefined ? a : Math.round(a * share + parseInt(over.slice(1 + i * 2, 3 + i * 2), 16) * (1 - share));
  };
  return (255 << 24 | part(2) << 16 | part(1) << 8 | part(0)) >>> 0;
}

const systemDark = matchMedia("(prefers-color-scheme: dark)");
const isDark = () => (document.documentElement.dataset.theme || (systemDark.matches ? "dark" : "light")) === "dark";
function showTheme() {
  readColours();
  $("theme").textContent = isDark() ? "Light" : "Dark";
  $("theme").setAttribute("aria-pressed", String(isDark()));
  $("theme").setAttribute("aria-label", isDark() ? "Dark colours are on" : "Dark colours are off");
}

"use strict";
// The report's figures: reads the data in the page and draws it with uPlot and on one canvas. Uses no
// storage and no network. Times are UTC.
const D = JSON.parse(document.getElementById("data").textContent);
const STATUS = ["up", "degraded", "down", "unknown", "not yet seen by half of the networks"];
const UP = 0, DEGRADED = 1, DOWN = 2, UNKNOWN = 3, UNSEEN = 4;
const $ = id => document.getElementById(id);
const pad = n => String(n).padStart(2, "0");

/** A time in seconds as `2014-12-22 16:15`. */
function stamp(seconds) {
  const t = new Date(seconds * 1000);
  return t.getUTCFullYear() + "-" + pad(t.getUTCMonth() + 1) + "-" + pad(t.getUTCDate()) + " " + pad(t.getUTCHours()) + ":" + pad(t.getUTCMinutes());
}

const timeOf = minute => D.from + minute * 60;

/** Decodes a raster row: base-52 codes of states, each followed by its number of minutes if more than one. */
function decode(text) {
  const starts = [], states = [];
  let minute = 0, at = 0;
  while (at < text.length) {
    let state = 0;
    for (let i = 0; i < D.raster.width; i++) {
      const c = text.charCodeAt(at++);
      state = state * 52 + (c >= 97 ? c - 97 + 26 : c - 65);
    }
    let count = 0;
    for (let c; (c = text.charCodeAt(at)) >= 48 && c <= 57; at++) count = count * 10 + c - 48;
    starts.push(minute);
    states.push(state);
    minute += count || 1;
  }
  starts.push(minute);
  return { starts: Int32Array.from(starts), states: Int32Array.from(states) };
}

/** The index of the interval that holds a minute. */
function intervalAt(row, minute) {
  let low = 0, high = row.states.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (row.starts[middle] <= minute) low = middle; else high = middle - 1;
  }
  return low;
}

// A state: status; vantage ASes seeing, known and full-feed; fewest and most seeing within the minute;
// lowest visibility within it in percent (-1: none known); then pairs of an upstream's index and its
// vantage ASes.
const STATES = D.raster.states;
const mainUpstream = state => STATES[state].length > 7 ? STATES[state][7] : -1;
const isDip = state => { const s = STATES[state]; return s[0] <= DEGRADED && s[6] >= 0 && s[6] < 50; };

/** A cell in words. */
function describe(prefix, minute, state) {
  const [status, seeing, known, full, least, most] = STATES[state];
  let text = prefix + " at " + stamp(timeOf(minute)) + " UTC: " + STATUS[status] + ". Seen by " + seeing + " of " + known + " known vantage ASes (" + full + " full-feed)";
  if (least !== seeing || most !== seeing) text += ", " + least + " to " + most + " within the minute";
  const upstreams = [];
  for (let i = 7; i < STATES[state].length; i += 2) {
    const via = STATES[state][i + 1];
    upstreams.push(D.upstreams[STATES[state][i]] + (via ? " (" + via + ")" : ""));
  }
  return text + ". Upstream: " + (upstreams.join(", ") || "none") + ".";
}

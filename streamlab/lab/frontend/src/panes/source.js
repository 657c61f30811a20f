/**
 * The code of the view. The line of the current `yield` is marked, with the generator's variables
 * below the code; the line that raised is marked, with the error below it.
 */
import { LineCounts } from "../model/line-counts.js";
import { count } from "../text/format.js";
import { highlight } from "../text/highlight.js";
import { struckRanges } from "../text/struck.js";
import { createBubble } from "./bubble.js";
import { aside, h, pane, region, setText } from "./dom.js";
import { createVariables } from "./variables.js";

/** @typedef {import("../model/protocol.js").Location} Location */

/** A sign for each mark, so that colour is not the only difference. */
const SIGNS = { at: "▶", error: "✖" };

/** @typedef {keyof typeof SIGNS} Mark */

const SOON = "The code of the view appears here when it runs.";
const NO_VIEW = "No view answers this path.";
const SWITCHED_OFF = "stream_with_context is switched off in this run, so this has no effect.";

/**
 * @param {import("../model/store.js").Store} store
 * @param {import("../model/playhead.js").Playhead} playhead
 * @param {AbortSignal} signal
 */
export function createSource(store, playhead, signal) {
  const empty = h("p", { class: "empty" });
  const files = h("div", { class: "files", ...region("code") });
  const note = aside();
  const bubble = createBubble(signal);
  const variables = createVariables();
  const root = pane("source", [note], empty, files, variables.root);
  const counts = new LineCounts();
  /** The sources and the switch that the rows were built for. @type {unknown} */
  let shown;
  let shownSwitch = true;
  /** @type {Map<string, HTMLElement>} */
  let rows = new Map();
  /** @type {Map<Mark, string>} */
  const marked = new Map();

  function rebuild() {
    shown = store.facts.sources;
    shownSwitch = store.facts.run?.stream_with_context ?? true;
    rows = new Map();
    marked.clear();
    files.replaceChildren(bubble.root, ...store.facts.sources.map(file));
  }

  /**
   * @param {import("../model/protocol.js").SourceText} source
   * @param {number} index
   */
  function file({ title, kind, first, text }, index) {
    const struck = shownSwitch || kind !== "python" ? [] : struckRanges(text);
    let offset = 0;
    const lines = highlight(text.replace(/\n$/, ""), kind).map((tokens, number) => {
      const code = h("code");
      for (const [type, part] of tokens) {
        code.append(...pieces(part, offset, struck).map((piece) => token(type, piece)));
        offset += part.length;
      }
      offset++; // the line's end
      const row = h(
        "div",
        { class: "line", "data-line": String(first + number) },
        h("span", { class: "sign", "aria-hidden": "true" }),
        h("span", { class: "number", "aria-hidden": "true" }, String(first + number)),
        code,
        h("span", { class: "count" }),
      );
      rows.set(`${index}:${first + number}`, row);
      return row;
    });
    const heading = h("h4", { class: "file" }, title);
    return h("div", {}, heading, h("div", { class: "code" }, ...lines));
  }

  /**
   * @param {Mark} mark
   * @param {Location | null} location
   */
  function move(mark, location) {
    const key = location ? `${location.source}:${location.line}` : "";
    const before = marked.get(mark) ?? "";
    const row = rows.get(key);
    if (key !== before) {
      marked.set(mark, key);
      setMark(rows.get(before), mark, false);
      setMark(row, mark, true);
      if (row) bringIntoSight(row);
    }
    row?.setAttribute("aria-label", `line ${row.dataset.line}: ${noteOf(mark)}`);
  }

  /** Write at the end of each line how many chunks it has yielded. */
  function drawCounts() {
    const lane = store.lanes.find(({ name }) => name === "generator");
    const found = counts.update(lane, lane ? playhead.moment.rows(lane) : 0, store.epoch);
    for (const [key, row] of rows) {
      const cell = /** @type {HTMLElement} */ (row.lastElementChild);
      const chunks = found.get(key);
      setText(cell, chunks ? `×${chunks}` : "");
      cell.title = chunks ? `This line has yielded ${count(chunks, "chunk")}.` : "";
    }
  }

  /** Put the error below the line that raised it, or above the code if the line is not shown. */
  function drawError() {
    const { error, errorLine } = playhead.moment;
    const row = errorLine ? rows.get(`${errorLine.source}:${errorLine.line}`) : undefined;
    if (row && row.nextElementSibling !== bubble.root) row.after(bubble.root);
    if (!row && files.firstElementChild !== bubble.root) files.prepend(bubble.root);
    bubble.show(error);
  }

  /** A generator that runs or has ended is not suspended. @param {Mark} mark */
  function noteOf(mark) {
    if (mark === "error") return "raised here";
    return store.facts.state === "waiting" ? "suspended here" : "last yield";
  }

  /**
   * @param {HTMLElement | undefined} row
   * @param {Mark} mark
   * @param {boolean} on
   */
  function setMark(row, mark, on) {
    if (!row) return;
    row.classList.toggle(`streamlab-${mark}-line`, on);
    setText(row.children[0], on ? SIGNS[mark] : "");
    if (on) {
      row.setAttribute("role", "group");
      row.setAttribute("aria-current", "true");
    } else {
      for (const name of ["role", "aria-current", "aria-label"]) row.removeAttribute(name);
    }
  }

  /**
   * Scroll the pane only: scrollIntoView would also scroll the notebook.
   *
   * @param {HTMLElement} row
   */
  function bringIntoSight(row) {
    const top = row.getBoundingClientRect().top - files.getBoundingClientRect().top;
    const room = files.clientHeight - row.offsetHeight;
    if (row.classList.contains(`streamlab-error-line`)) files.scrollTop += top - row.offsetHeight;
    else if (top < 0 || top > room) files.scrollTop += top - room / 2;
  }

  function update() {
    const { run } = store.facts;
    if (store.facts.sources !== shown || (run?.stream_with_context ?? true) !== shownSwitch) rebuild();
    const { sources, state } = store.facts;
    empty.hidden = sources.length > 0;
    setText(empty, state === "done" ? NO_VIEW : SOON);
    drawError(); // first, because what is brought into sight includes it
    move("at", playhead.moment.at);
    move("error", playhead.moment.errorLine);
    drawCounts();
    variables.show(playhead.moment.locals);
    setText(note, headline());
  }

  /** Also shown above the code, because the line can be scrolled out of sight. */
  function headline() {
    const { at, errorLine } = playhead.moment;
    const mark = errorLine ? "error" : "at";
    const location = errorLine ?? at;
    return location ? `${SIGNS[mark]} line ${location.line}: ${noteOf(mark)}` : "";
  }

  return { root, update };
}

/**
 * @param {string} type
 * @param {{ text: string, struck: boolean }} piece
 */
function token(type, { text, struck }) {
  const kind = `token-${type}`;
  return struck ? h("del", { class: kind, title: SWITCHED_OFF }, text) : h("span", { class: kind }, text);
}

/**
 * A part of the code, divided where a struck range begins or ends.
 *
 * @param {string} part
 * @param {number} offset  of the part in the code
 * @param {[start: number, end: number][]} ranges
 * @returns {{ text: string, struck: boolean }[]}
 */
function pieces(part, offset, ranges) {
  const end = offset + part.length;
  const edges = ranges.flat().filter((edge) => edge > offset && edge < end);
  return [offset, ...edges].map((from, index) => ({
    text: part.slice(from - offset, (edges[index] ?? end) - offset),
    struck: ranges.some(([start, stop]) => from >= start && from < stop),
  }));
}

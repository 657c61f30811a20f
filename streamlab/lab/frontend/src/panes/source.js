/**
 * The code of the view. The line of the current `yield` and the line that raised are marked.
 */
import { aside, h, pane, region, setText } from "./dom.js";
import { highlight } from "../text/highlight.js";

/** @typedef {import("../model/protocol.js").Location} Location */

/** A sign for each mark, so that colour is not the only difference. */
const SIGNS = { at: "▶", error: "✖" };

/** @typedef {keyof typeof SIGNS} Mark */

const SOON = "The code of the view appears here when it runs.";
const NO_VIEW = "No view answers this path.";

/**
 * @param {import("../model/store.js").Store} store
 * @param {import("../model/playhead.js").Playhead} playhead
 */
export function createSource(store, playhead) {
  const empty = h("p", { class: "empty" });
  const files = h("div", { class: "files", ...region("code") });
  const note = aside();
  const root = pane("source", [note], empty, files);
  /** @type {unknown} */
  let shown;
  /** @type {Map<string, HTMLElement>} */
  let rows = new Map();
  /** @type {Map<Mark, string>} */
  const marked = new Map();

  function rebuild() {
    shown = store.facts.sources;
    rows = new Map();
    marked.clear();
    files.replaceChildren(...store.facts.sources.map(file));
  }

  /**
   * @param {import("../model/protocol.js").SourceText} source
   * @param {number} index
   */
  function file({ title, kind, first, text }, index) {
    const lines = highlight(text.replace(/\n$/, ""), kind).map((tokens, offset) => {
      const row = h(
        "div",
        { class: "line", "data-line": String(first + offset) },
        h("span", { class: "sign", "aria-hidden": "true" }),
        h("span", { class: "number", "aria-hidden": "true" }, String(first + offset)),
        h("code", {}, ...tokens.map(([type, part]) => h("span", { class: `token-${type}` }, part))),
      );
      rows.set(`${index}:${first + offset}`, row);
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
    if (top < 0 || top > room) files.scrollTop += top - room / 2;
  }

  function update() {
    if (store.facts.sources !== shown) rebuild();
    const { sources, state } = store.facts;
    empty.hidden = sources.length > 0;
    setText(empty, state === "done" ? NO_VIEW : SOON);
    move("at", playhead.moment.at);
    move("error", playhead.moment.errorLine);
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

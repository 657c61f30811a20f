/**
 * The view's code, with the line the generator is suspended at, and the line that raised.
 */
import { aside, h, pane, region, setText } from "./dom.js";
import { highlight } from "../text/highlight.js";

/** @typedef {import("../model/protocol.js").Location} Location */

/** How a line is lit: never by colour alone. */
const SIGNS = { at: "▶", error_line: "✖" };

/** @typedef {keyof typeof SIGNS} Light */

const SOON = "The code of the view appears here when it runs.";
const NO_VIEW = "No view answers this path.";

/** @param {import("../model/store.js").Store} store */
export function createSource(store) {
  const empty = h("p", { class: "empty" });
  const files = h("div", { class: "files", ...region("code") });
  const note = aside();
  const root = pane("source", [note], empty, files);
  /** @type {unknown} */
  let shown;
  /** @type {Map<string, HTMLElement>} */
  let rows = new Map();
  /** @type {Map<Light, string>} */
  const lit = new Map();

  function rebuild() {
    shown = store.facts.sources;
    rows = new Map();
    lit.clear();
    files.replaceChildren(...store.facts.sources.map(file));
  }

  /**
   * @param {import("../model/protocol.js").Source} source
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
   * @param {Light} light
   * @param {Location | null} place
   */
  function move(light, place) {
    const key = place ? `${place.source}:${place.line}` : "";
    const before = lit.get(light) ?? "";
    const row = rows.get(key);
    if (key !== before) {
      lit.set(light, key);
      dress(rows.get(before), light, false);
      dress(row, light, true);
      if (row) bringIntoSight(row);
    }
    row?.setAttribute("aria-label", `line ${row.dataset.line}: ${noteOf(light)}`);
  }

  /** A generator that runs on, or has ended, is suspended nowhere. @param {Light} light */
  function noteOf(light) {
    if (light === "error_line") return "raised here";
    return store.facts.state === "waiting" ? "suspended here" : "last yield";
  }

  /**
   * @param {HTMLElement | undefined} row
   * @param {Light} light
   * @param {boolean} on
   */
  function dress(row, light, on) {
    if (!row) return;
    row.classList.toggle(`streamlab-${light}`, on);
    setText(row.children[0], on ? SIGNS[light] : "");
    if (on) {
      row.setAttribute("role", "group");
      row.setAttribute("aria-current", "true");
    } else {
      for (const name of ["role", "aria-current", "aria-label"]) row.removeAttribute(name);
    }
  }

  /**
   * Scrolls the pane alone: scrollIntoView would move the notebook under the learner's hands.
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
    move("at", store.facts.at);
    move("error_line", store.facts.error_line);
    setText(note, headline());
  }

  /** Said above the code too: the line may be scrolled out of sight. */
  function headline() {
    const { at, error_line } = store.facts;
    const [place, light] = error_line ? [error_line, /** @type {Light} */ ("error_line")] : [at, /** @type {Light} */ ("at")];
    return place ? `${SIGNS[light]} line ${place.line}: ${noteOf(light)}` : "";
  }

  return { root, update };
}

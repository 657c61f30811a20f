/**
 * The view's code, with the line the generator is suspended at, and the line that raised.
 */
import { aside, h, pane, setText } from "./dom.js";
import { highlight } from "./highlight.js";

/** @typedef {import("./protocol.js").Place} Place */

/** How a line is lit: never by colour alone. */
const LIGHTS = {
  at: { sign: "▶", note: "suspended here" },
  guilty: { sign: "✖", note: "raised here" },
};

/** @typedef {keyof typeof LIGHTS} Light */

/** @param {import("./store.js").Store} store */
export function createSource(store) {
  const empty = h("p", { class: "streamlab-empty" }, "The code of the view appears here when it runs.");
  const files = h("div", { class: "streamlab-files", tabindex: "0" });
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
    empty.hidden = store.facts.sources.length > 0;
  }

  /**
   * @param {import("./protocol.js").Source} source
   * @param {number} index
   */
  function file({ title, kind, first, text }, index) {
    const lines = highlight(text.replace(/\n$/, ""), kind).map((tokens, offset) => {
      const row = h(
        "div",
        { class: "streamlab-line", "data-line": String(first + offset) },
        h("span", { class: "streamlab-sign", "aria-hidden": "true" }),
        h("span", { class: "streamlab-number", "aria-hidden": "true" }, String(first + offset)),
        h("code", {}, ...tokens.map(([type, part]) => h("span", { class: `streamlab-token-${type}` }, part))),
        h("span", { class: "streamlab-note" }),
      );
      rows.set(`${index}:${first + offset}`, row);
      return row;
    });
    const heading = h("h4", { class: "streamlab-file" }, title);
    return h("div", {}, heading, h("div", { class: "streamlab-code" }, ...lines));
  }

  /**
   * @param {Light} light
   * @param {Place | null} place
   */
  function move(light, place) {
    const key = place ? `${place.source}:${place.line}` : "";
    const before = lit.get(light) ?? "";
    if (key === before) return;
    lit.set(light, key);
    dress(rows.get(before), light, false);
    dress(rows.get(key), light, true);
    const row = rows.get(key);
    if (row) bringIntoSight(row);
  }

  /**
   * @param {HTMLElement | undefined} row
   * @param {Light} light
   * @param {boolean} on
   */
  function dress(row, light, on) {
    if (!row) return;
    row.classList.toggle(`streamlab-${light}`, on);
    const { sign, note } = LIGHTS[light];
    const [signs, , , notes] = row.children;
    setText(signs, on ? sign : "");
    setText(notes, on ? note : "");
    if (on) row.setAttribute("aria-label", `line ${row.dataset.line}: ${note}`);
    else row.removeAttribute("aria-label");
    row.toggleAttribute("aria-current", on);
    if (on) row.setAttribute("role", "group");
    else row.removeAttribute("role");
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
    move("at", store.facts.at);
    move("guilty", store.facts.guilty);
    setText(note, headline());
  }

  /** Said above the code too: the line may be scrolled out of sight. */
  function headline() {
    const { at, guilty } = store.facts;
    const place = guilty ?? at;
    const { sign, note: words } = guilty ? LIGHTS.guilty : LIGHTS.at;
    return place ? `${sign} line ${place.line}: ${words}` : "";
  }

  return { root, update };
}

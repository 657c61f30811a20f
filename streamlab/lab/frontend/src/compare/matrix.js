/**
 * The matrix: the outcome of the request with each server and each middleware, as two tables. Each
 * cell shows its run. It is shown in the place of the timeline and the details.
 */
import { h, listen, pane, region, setText } from "../panes/dom.js";
import { OUTCOME_SIGNS } from "../text/labels.js";
import { leave } from "./comparison.js";

/**
 * One request of the matrix. The kernel makes it in `streamlab/lab/matrix_runs.py`.
 *
 * @typedef MatrixRow
 * @property {string} server
 * @property {string[]} middleware
 * @property {boolean} stream_with_context
 * @property {import("../model/protocol.js").Outcome | ""} outcome  "" if the request could not be sent
 * @property {string} culprit
 * @property {string} receives  what the client receives, or why there is no outcome
 * @property {string} text
 */

/**
 * @typedef Matrix
 * @property {"running" | "done" | "stopped"} [state]
 * @property {string} [path]
 * @property {number} [total]
 * @property {MatrixRow[]} [rows]  so far
 */

/**
 * @param {import("../model/controls.js").Controls} controls
 * @param {AbortSignal} signal
 */
export function createMatrix(controls, signal) {
  const progress = h("span", { class: "aside", "aria-live": "polite" });
  const repeat = h("button", { class: "axis" });
  const close = h("button", { class: "axis" }, "Close");
  const servers = createTable("Servers");
  const layers = createTable("Middleware");
  const tables = h("div", { class: "matrix-tables", ...region("tables of outcomes") }, servers.root, layers.root);
  const root = pane("matrix", [progress, repeat, close], tables);
  /** The matrix whose first rows are in the tables. */
  let begun = "";
  /** @type {HTMLButtonElement[]} */
  let cells = [];

  /** @returns {Matrix} */
  const matrix = () => controls.get("matrix") ?? {};

  function update() {
    const { state, path = "", total = 0, rows = [] } = matrix();
    setText(progress, total ? `${path}: ${rows.length} of ${total}${state === "stopped" ? ", stopped" : ""}` : "");
    setText(repeat, state === "running" ? "Stop matrix" : "Repeat matrix");
    const key = `${path} ${total}`;
    if (key !== begun || rows.length < cells.length) {
      begun = key;
      cells = [];
      servers.clear();
      layers.clear();
    }
    for (const row of rows.slice(cells.length)) add(row);
  }

  /** @param {MatrixRow} row */
  function add(row) {
    const position = cells.length;
    const [table, name] = row.middleware.length ? [layers, row.middleware.join(" + ")] : [servers, row.server];
    const words = [row.outcome ? `${OUTCOME_SIGNS[row.outcome]} ${row.outcome}` : "–", row.culprit].filter(Boolean);
    const cell = h(
      "button",
      { class: "cell", title: row.text, "aria-pressed": "false", "data-outcome": row.outcome },
      h("span", {}, words.join(", ")),
      h("span", { class: "receives" }, row.receives),
    );
    cell.disabled = !row.outcome;
    listen(cell, { click: () => open(position) });
    cells.push(cell);
    table.add(name, row.stream_with_context, cell);
  }

  /** @param {number} position */
  function open(position) {
    cells.forEach((cell, index) => (cell.ariaPressed = String(index === position)));
    controls.send("cell", position);
  }

  listen(repeat, { click: () => controls.send(matrix().state === "running" ? "stop_matrix" : "matrix") }, signal);
  listen(close, { click: () => leave(root, controls, "show-matrix") }, signal);

  return { root, update };
}

const CONTEXTS = /** @type {const} */ ([
  [true, "with the context"],
  [false, "without it"],
]);

/** @param {string} name */
function createTable(name) {
  const body = h("tbody");
  const head = CONTEXTS.map(([, words]) => h("th", { scope: "col" }, words));
  const root = h("table", { "aria-label": name }, h("thead", {}, h("tr", {}, h("td", {}, name), ...head)), body);

  /**
   * @param {string} row
   * @param {boolean} kept
   * @param {HTMLElement} cell
   */
  function add(row, kept, cell) {
    let line = [...body.rows].find(({ dataset }) => dataset.name === row);
    if (!line) {
      line = h("tr", { "data-name": row }, h("th", { scope: "row" }, row), ...CONTEXTS.map(() => h("td")));
      body.append(line);
    }
    line.cells[kept ? 1 : 2].replaceChildren(cell);
  }

  return { root, add, clear: () => body.replaceChildren() };
}

/**
 * The table of chunks: what passed which lane when. It is also the timeline for those who cannot
 * see it.
 */
import { bytesOf, overlap } from "../model/selected-bytes.js";
import { aside, h, pane, region, setText } from "./dom.js";
import { NOTED_LATER, count, escaped, formatBytes, formatDelay, formatMoment } from "../text/format.js";
import { ELSEWHERE, RECODED } from "../text/labels.js";
import { rowText } from "../text/chunk-text.js";

/** @typedef {import("../model/lane.js").Lane} Lane */

const MOST_ROWS = 200;
/** The table shows so much of a chunk's text, in bytes. */
const MOST_TEXT = 200;
/** Within so many px of its end, the table follows the latest chunk. */
const NEAR_END = 40;
/** So many new rows at once are too many to read: they come a few times a second only. */
const FLOOD = 50;
/** In ms. */
const FLOOD_PAUSE = 250;
const NEVER = "–";
const UNKNOWN = "?";

/**
 * @param {import("../model/store.js").Store} store
 * @param {import("../model/selected-bytes.js").Cursor} cursor
 * @param {AbortSignal} signal
 */
export function createChunks(store, cursor, signal) {
  const head = h("tr");
  const body = h("tbody");
  const table = h("table", { "aria-label": "Chunks" }, h("thead", {}, head), body);
  const scroller = h("div", { class: "scroller", ...region("table of chunks") }, table);
  const left = aside();
  const root = pane("chunks", [left], scroller);
  /** What the rows were built for. */
  let built = "";
  /** The lane whose chunks are the rows. @type {Lane | undefined} */
  let base;
  /** The index of the first row that is there. */
  let first = 0;
  let filledAt = -Infinity;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let later;
  signal.addEventListener("abort", () => clearTimeout(later));

  function rebuild() {
    first = 0;
    const lanes = store.lanes.map((lane, index) => {
      const title = (base ? lane === base : !index) ? "since the run began" : "after the lane before";
      return h("th", { scope: "col", title }, lane.name);
    });
    const columns = ["#", "bytes", "text"].map((name) => h("th", { scope: "col" }, name));
    head.replaceChildren(...columns, ...lanes);
    body.replaceChildren();
  }

  function update() {
    const fresh = (base?.length ?? 0) - first - body.rows.length;
    if (fresh > FLOOD && performance.now() < filledAt + FLOOD_PAUSE) {
      later ??= setTimeout(fill, FLOOD_PAUSE);
    } else {
      fill();
    }
  }

  function fill() {
    clearTimeout(later);
    later = undefined;
    filledAt = performance.now();
    // A response that is no stream has no generator lane: its rows are the app's.
    const wanted = store.lanes.find((lane) => lane.length > 0);
    const { epoch, tailStart } = store;
    const wish = [epoch, tailStart, wanted?.name, ...store.lanes.map((lane) => lane.coding)].join();
    if (wish !== built) {
      built = wish;
      base = wanted;
      rebuild();
    }
    const follow = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_END;
    const length = base?.length ?? 0;
    const from = Math.max(0, length - MOST_ROWS);
    while (first < from && body.firstChild) {
      body.firstChild.remove();
      first++;
    }
    first = Math.max(first, from);
    const last = body.rows[body.rows.length - 1];
    // The last row of a merged lane grows: see Lane.write.
    if (last && Number(last.dataset.end) !== base?.ends[Number(last.dataset.index)]) last.remove();
    for (const row of body.rows) complete(row);
    const fresh = [];
    for (let index = first + body.rows.length; index < length; index++) fresh.push(build(index));
    body.append(...fresh);
    light();
    setText(left, extent(from));
    if (follow && fresh.length) scroller.scrollTop = scroller.scrollHeight;
  }

  /** What the rows are not. @param {number} from */
  function extent(from) {
    if (!base) return "";
    const rows = base.stride > 1 ? [`each row stands for ${count(base.stride, "chunk")}`] : [];
    const cut = from ? [`${count(base.chunkOf(from), "chunk")} before them not shown`] : [];
    return [...rows, ...(from ? [`the latest ${MOST_ROWS}`] : []), ...cut].join("; ");
  }

  /** @param {number} index */
  function build(index) {
    const lane = /** @type {Lane} */ (base);
    const [start, end] = [lane.startOf(index), lane.ends[index]];
    const row = h(
      "tr",
      { "data-index": String(index), "data-end": String(end) },
      h("th", { scope: "row" }, String(lane.chunkOf(index))),
      h("td", { class: "size" }, formatBytes(end - start)),
      h("td", { class: "data" }, textCell(lane, index)),
      ...store.lanes.map(({ name }) => h("td", { "data-lane": name, "data-arrived": "false" }, NEVER)),
    );
    complete(row);
    return row;
  }

  /**
   * @param {Lane} lane
   * @param {number} index
   */
  function textCell(lane, index) {
    const text = rowText(store, lane, index, MOST_TEXT);
    if (text === null) return h("span", { class: "muted" }, "not kept");
    return h("code", { title: escaped(text) }, ...visible(text));
  }

  /**
   * Fill in the lanes that the chunk has passed since. The first lane tells the time, each next
   * one how much later the chunk was whole there.
   *
   * @param {HTMLTableRowElement} row
   */
  function complete(row) {
    if (!base || row.dataset.whole) return;
    const made = base;
    const index = Number(row.dataset.index);
    const end = base.ends[index];
    let before = NaN;
    let whole = true;
    store.lanes.forEach((lane, number) => {
      const cell = row.cells[3 + number];
      if (lane.unseen) {
        cell.textContent = UNKNOWN;
        cell.title = ELSEWHERE;
        return;
      }
      const same = made.comparable(lane);
      const arrival = lane === base ? index : same ? lane.rowCompleting(end) : lane.rowFrom(before);
      const arrived = arrival < lane.length;
      whole &&= arrived;
      if (!arrived) return;
      const time = lane.times[arrival];
      if (cell.dataset.arrived === "false") {
        cell.dataset.arrived = "true";
        cell.textContent = Number.isNaN(before) ? formatMoment(time) : formatDelay(time - before, same);
        if (time < before) cell.title = NOTED_LATER;
        if (!same) cell.title = RECODED;
      }
      before = time;
    });
    if (whole) row.dataset.whole = "true";
  }

  function light() {
    const { bytes } = cursor;
    for (const row of body.rows) {
      const index = Number(row.dataset.index);
      row.classList.toggle("streamlab-lit", Boolean(base && overlap(bytesOf(base, index), bytes)));
    }
  }

  /** @param {Event} event */
  function point(event) {
    const row = event.target instanceof Element ? event.target.closest("tr") : null;
    const index = Number(row?.dataset.index ?? NaN);
    cursor.set(base && index < base.length ? bytesOf(base, index) : null);
  }

  body.addEventListener("pointerover", point, { signal });
  body.addEventListener("pointerleave", () => cursor.set(null), { signal });
  cursor.subscribe(light);

  return { root, update };
}

/**
 * The text with its invisible characters made visible. Spaces at the ends stay spaces, and get a
 * background: they matter ("Hello " is not "Hello").
 *
 * @param {string} text
 * @returns {(Node | string)[]}
 */
function visible(text) {
  return text.split(/(^ +| +$|[\\\u0000-\u001f\u007f]+)/).map((part, index) => {
    if (index % 2 === 0) return part;
    const kind = part.startsWith(" ") ? "space" : "escape";
    return h("span", { class: kind }, escaped(part));
  });
}

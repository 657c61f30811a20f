/**
 * The table of chunks: which chunk passed which lane, and when. It is also the timeline for users
 * of screen readers.
 */
import { sourceLane } from "../model/lane.js";
import { bytesOfRow, overlap } from "../model/selected-bytes.js";
import { h, listen, region, setText } from "./dom.js";
import { INVISIBLE, RECORDED_LATE, count, escaped, formatBytes, formatDelay, formatMoment } from "../text/format.js";
import { OTHER_CLIENT, RECODED } from "../text/labels.js";
import { rowText } from "../text/chunk-text.js";

/** @typedef {import("../model/lane.js").Lane} Lane */

const MAX_ROWS = 200;
/** The table shows at most this much of a chunk's text, in bytes. */
const MAX_TEXT = 200;
/** The table follows the latest chunk if its end is at most this far below, in px. */
const NEAR_END = 40;
/** With this many new rows at once, rows are added less often: they cannot be read anyway. */
const FLOOD = 50;
/** In ms. */
const FLOOD_PAUSE = 250;
const NEVER = "–";
const UNKNOWN = "?";

/**
 * @param {import("../model/store.js").Store} store
 * @param {import("../model/playhead.js").Playhead} playhead
 * @param {import("../model/selected-bytes.js").SelectedBytes} selected
 * @param {AbortSignal} signal
 */
export function createChunks(store, playhead, selected, signal) {
  const head = h("tr");
  const body = h("tbody");
  const table = h("table", { "aria-label": "Chunks" }, h("thead", {}, head), body);
  const scroller = h("div", { class: "scroller", ...region("table of chunks") }, table);
  const left = h("p", { class: "left-out" });
  const root = h("div", { class: "chunks" }, scroller, left);
  /** A key of everything that the rows were built for. */
  let built = "";
  /** The lane whose chunks are the rows of the table. @type {Lane | undefined} */
  let base;
  /** The index of the first row in the table. */
  let first = 0;
  let filledAt = -Infinity;
  /** Whether the end of the table is in sight, so that it follows the latest chunk. */
  let follow = true;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let later;
  listen(signal, { abort: () => clearTimeout(later) });

  function rebuild() {
    first = 0;
    const lanes = store.lanes.map((lane, index) => {
      const isFirst = base ? lane === base : !index;
      const title = isFirst ? "time since the run began" : "delay after the lane before";
      return h("th", { scope: "col", title }, lane.name);
    });
    const columns = ["#", "bytes", "text"].map((name) => h("th", { scope: "col" }, name));
    head.replaceChildren(...columns, ...lanes);
    body.replaceChildren();
  }

  function update() {
    const fresh = (base ? playhead.moment.rows(base) : 0) - first - body.rows.length;
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
    // Without a generator, the rows are the chunks of the app.
    const wanted = sourceLane(store.lanes);
    const { epoch, tailStart } = store;
    const { moment } = playhead;
    const key = [epoch, tailStart, moment.time, wanted?.name, ...store.lanes.map((lane) => lane.coding)].join();
    if (key !== built) {
      built = key;
      base = wanted;
      rebuild();
    }
    const length = base ? moment.rows(base) : 0;
    const from = Math.max(0, length - MAX_ROWS);
    while (first < from && body.firstChild) {
      body.firstChild.remove();
      first++;
    }
    first = Math.max(first, from);
    const last = body.rows[body.rows.length - 1];
    // The last row of a merged lane still grows: see Lane.write.
    if (last && Number(last.dataset.end) !== base?.ends[Number(last.dataset.index)]) last.remove();
    for (const row of body.rows) complete(row);
    const fresh = [];
    for (let index = first + body.rows.length; index < length; index++) fresh.push(build(index));
    body.append(...fresh);
    markSelected();
    setText(left, extent(from));
    if (follow && fresh.length) scroller.scrollTop = scroller.scrollHeight;
  }

  /** Which chunks the table does not show. @param {number} from */
  function extent(from) {
    if (!base) return "";
    const rows = base.stride > 1 ? [`${count(base.stride, "chunk")} in each row`] : [];
    const cut = from ? [`${count(base.chunkOf(from), "earlier chunk")} not shown`] : [];
    return [...rows, ...(from ? [`latest ${MAX_ROWS} rows`] : []), ...cut].join("; ");
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
    const text = rowText(store, lane, index, MAX_TEXT);
    if (text === null) return h("span", { class: "muted" }, "not kept");
    return h("code", { title: escaped(text) }, ...visible(text));
  }

  /**
   * Fill in the lanes that the chunk has passed since the last call. The first lane shows the time,
   * each further lane the delay until the chunk was complete there.
   *
   * @param {HTMLTableRowElement} row
   */
  function complete(row) {
    if (!base || row.dataset.complete) return;
    const made = base;
    const index = Number(row.dataset.index);
    const end = base.ends[index];
    let before = NaN;
    let passedAll = true;
    store.lanes.forEach((lane, number) => {
      const cell = row.cells[3 + number];
      if (lane.unseen) {
        cell.textContent = UNKNOWN;
        cell.title = OTHER_CLIENT;
        return;
      }
      const same = made.comparable(lane);
      const arrival = lane === base ? index : same ? lane.rowCompleting(end) : lane.rowFrom(before);
      const arrived = arrival < playhead.moment.rows(lane);
      passedAll &&= arrived;
      if (!arrived) return;
      const time = lane.times[arrival];
      if (cell.dataset.arrived === "false") {
        cell.dataset.arrived = "true";
        cell.textContent = Number.isNaN(before) ? formatMoment(time) : formatDelay(time - before, same);
        if (time < before) cell.title = RECORDED_LATE;
        if (!same) cell.title = RECODED;
      }
      before = time;
    });
    if (passedAll) row.dataset.complete = "true";
  }

  function markSelected() {
    const { bytes } = selected;
    for (const row of body.rows) {
      const index = Number(row.dataset.index);
      row.classList.toggle("streamlab-selected", Boolean(base && overlap(bytesOfRow(base, index), bytes)));
    }
  }

  /** @param {Event} event */
  function point(event) {
    const row = event.target instanceof Element ? event.target.closest("tr") : null;
    const index = Number(row?.dataset.index ?? NaN);
    selected.set(base && index < base.length ? bytesOfRow(base, index) : null);
  }

  function scrolled() {
    follow = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_END;
  }

  listen(scroller, { scroll: scrolled }, signal);
  listen(body, { pointerover: point, pointerleave: () => selected.set(null) }, signal);
  selected.subscribe(markSelected);

  return { root, update };
}

/** Captures, so that `split` keeps them. */
const SPACES_AND_ESCAPES = new RegExp(`(^ +| +$|(?:${INVISIBLE})+)`, "u");

/**
 * The text with its invisible characters made visible. Spaces at the ends get a background, because
 * "Hello " is not "Hello".
 *
 * @param {string} text
 * @returns {(Node | string)[]}
 */
function visible(text) {
  return text.split(SPACES_AND_ESCAPES).map((part, index) => {
    if (index % 2 === 0) return part;
    const kind = part.startsWith(" ") ? "space" : "escape";
    return h("span", { class: kind }, escaped(part));
  });
}

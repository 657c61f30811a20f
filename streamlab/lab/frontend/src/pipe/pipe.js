/**
 * The pipe: the stations that the bytes of a response pass, and a tile for each chunk that moves
 * from station to station. It shows the steps in their recorded order, slower than they happened.
 */
import { sourceIndex } from "../model/lane.js";
import { h, listen, setText } from "../panes/dom.js";
import { rowText } from "../text/chunk-text.js";
import { count, escaped, formatBytes } from "../text/format.js";
import { heldAt, tilesAt } from "./placement.js";
import { SlowMotion } from "./slow-motion.js";

/** @typedef {import("../model/moment.js").Moment} Moment */
/** @typedef {import("./placement.js").Tile} Tile */

/** With more chunks a second than this, tiles could not be followed. */
const MAX_RATE = 40;
/** With more rows than this, the pipe shows flow and counts even if they came slowly. */
const MAX_ROWS = 600;
/** Tiles in one station; the others are counted. */
const MAX_STACK = 3;
/** What the bracket says: the context may end with the generator, or while it still runs. */
const CONTEXT_WORDS = {
  before: "",
  active: "request context",
  ended: "no request context",
  over: "request context ended",
};
/** Bytes of a chunk in its tile. */
const LABEL_BYTES = 18;

/**
 * @param {import("../model/store.js").Store} store
 * @param {import("../model/playhead.js").Playhead} playhead
 * @param {AbortSignal} signal
 */
export function createPipe(store, playhead, signal) {
  const bracket = h("div", { class: "bracket" }, h("span", {}, "request context"));
  const stations = h("ol", { class: "stations" });
  const tiles = h("div", { class: "tiles", "aria-hidden": "true" });
  const note = h("span", { class: "pipe-note" });
  const track = h("div", { class: "track" }, bracket, note, stations, tiles);
  const root = h("section", { class: "pane pipe", "aria-label": "pipe" }, track);
  const motion = new SlowMotion(store, update, signal);
  /** @type {Map<string, HTMLElement>} */
  const shown = new Map();
  let built = "";
  let visible = true;
  const observer = new IntersectionObserver((entries) => {
    visible = entries[entries.length - 1].isIntersecting;
    update();
  });
  observer.observe(root);
  listen(signal, { abort: () => observer.disconnect() });

  function update() {
    rebuild();
    const live = playhead.moment.newest;
    const flow = isFlow();
    const moment = live ? motion.next(visible && !flow && !document.hidden) : playhead.moment;
    root.classList.toggle("streamlab-flow", flow && store.facts.state === "running");
    setText(note, remark(flow, live));
    drawContext(moment);
    drawStations(moment);
    drawTiles(moment, flow ? [] : tilesAt(store.lanes, moment));
  }

  /** Make the stations again if the lanes have changed. */
  function rebuild() {
    const names = store.lanes.map(({ name }) => name);
    const key = [store.epoch, ...names].join();
    if (key === built) return;
    built = key;
    stations.replaceChildren(...names.map(station));
    root.style.setProperty("--streamlab-stations", String(names.length));
    tiles.replaceChildren();
    shown.clear();
  }

  /** Whether the chunks are too many or too fast for tiles. */
  function isFlow() {
    const made = store.lanes[origin()];
    if (made.length > MAX_ROWS || made.stride > 1) return true;
    const seconds = (made.lastTime - made.times[0]) / 1e9;
    return seconds > 1 && made.chunks / seconds > MAX_RATE;
  }

  /**
   * @param {boolean} flow
   * @param {boolean} live
   */
  function remark(flow, live) {
    if (store.facts.state === "idle") return "";
    if (flow) return "too many chunks for tiles";
    if (!live) return "at the slider";
    const { shown: step, all } = motion.progress;
    return motion.behind ? `▶ slow motion: step ${step} of ${all}` : "";
  }

  /** @param {Moment} moment */
  function drawContext(moment) {
    const before = !store.facts.spans.some(([start]) => start <= moment.time);
    const over = moment.events.some(([, kind]) => kind === "generator finished");
    const state = moment.contextActive ? "active" : before ? "before" : over ? "over" : "ended";
    bracket.dataset.span = state;
    setText(bracket.children[0], CONTEXT_WORDS[state]);
  }

  /** @param {Moment} moment */
  function drawStations(moment) {
    const held = heldAt(store.lanes, moment);
    store.lanes.forEach((lane, index) => {
      const element = /** @type {HTMLElement} */ (stations.children[index]);
      const [, fill, holder, counter] = element.children;
      const inside = held.filter(({ station }) => station === index);
      const bytes = inside.reduce((sum, one) => sum + one.bytes, 0);
      const share = bytes / Math.max(1, moment.bytes(store.lanes[origin()]));
      element.classList.toggle("streamlab-holds", bytes > 0);
      /** @type {HTMLElement} */ (fill).style.transform = `scaleY(${bytes ? Math.max(0.08, Math.min(1, share)) : 0})`;
      setText(holder, bytes ? `${inside[0].holder} holds ${count(bytes, "byte")}` : "");
      const chunks = moment.chunks(lane);
      setText(counter, chunks ? `${count(chunks, "chunk")} passed, ${formatBytes(moment.bytes(lane))}` : "–");
    });
  }

  /**
   * @param {Moment} moment
   * @param {Tile[]} now
   */
  function drawTiles(moment, now) {
    const failed = moment.error;
    /** @type {Map<number, number>} */
    const stacked = new Map();
    const wanted = new Set();
    // The newest on top: it is the one that moves.
    for (const tile of now.reverse()) {
      const place = stacked.get(tile.station) ?? 0;
      stacked.set(tile.station, place + 1);
      const element = shown.get(tile.key) ?? added(tile);
      element.style.setProperty("--streamlab-at", String(tile.station));
      element.style.setProperty("--streamlab-stack", String(Math.min(place, MAX_STACK)));
      element.classList.toggle("streamlab-below", place >= MAX_STACK);
      wanted.add(tile.key);
    }
    if (failed) {
      const element = shown.get("error") ?? addedError(failed.last);
      element.style.setProperty("--streamlab-at", String(origin()));
      wanted.add("error");
    }
    for (const [key, element] of shown) {
      if (wanted.has(key)) continue;
      element.remove();
      shown.delete(key);
    }
  }

  /** @param {Tile} tile */
  function added(tile) {
    const lane = store.lanes[tile.lane];
    const text = rowText(store, lane, tile.row, LABEL_BYTES);
    const size = formatBytes(lane.ends[tile.row] - lane.startOf(tile.row));
    const element = h(
      "div",
      { class: "tile" },
      h("b", {}, String(lane.chunkOf(tile.row))),
      h("code", {}, text === null ? size : escaped(text)),
    );
    // It appears where it was made, and moves on from there.
    element.style.setProperty("--streamlab-at", String(tile.lane));
    return put(tile.key, element);
  }

  /** @param {string} last  the last line of the traceback */
  function addedError(last) {
    return put("error", h("div", { class: "tile failed" }, h("b", {}, "✖"), h("code", {}, last.split(":")[0])));
  }

  /**
   * @param {string} key
   * @param {HTMLElement} element
   */
  function put(key, element) {
    shown.set(key, element);
    tiles.append(element);
    return element;
  }

  /** The station where chunks are made: the generator, or the app if there is none. */
  function origin() {
    return Math.max(0, sourceIndex(store.lanes));
  }

  return { root, update };
}

/** @param {string} name */
function station(name) {
  return h(
    "li",
    { class: "station" },
    h("span", { class: "station-name" }, name),
    h("span", { class: "fill", "aria-hidden": "true" }),
    h("span", { class: "holder" }),
    h("span", { class: "station-count" }),
  );
}

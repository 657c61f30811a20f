/**
 * The names beside the timeline: one for each row, with the number of chunks.
 */
import { h, setText } from "../panes/dom.js";
import { tally } from "../text/labels.js";

const PAGE = "page: when the page above has painted it, by the browser's clock";

/** @param {Pick<import("../model/store.js").Store, "lanes">} store */
export function createLaneNames(store) {
  const root = h("div", { class: "lanes", "aria-hidden": "true" });
  let shown = "";

  /**
   * @param {import("./geometry.js").Layout} layout
   * @param {boolean} [sums]  sums of bytes are shown instead of the lanes
   */
  function update({ band, lane: height, events }, sums = false) {
    const { lanes } = store;
    const names = lanes.map((lane) => lane.name);
    const key = [...names, height, sums].join();
    if (key !== shown) {
      shown = key;
      const rows = sums
        ? [row("bytes", names.length * height, "lane-name")]
        : lanes.map(({ name, browser }) => row(name, height, "lane-name", browser ? PAGE : name));
      root.replaceChildren(row("request context", band, "band-name"), ...rows, row("events", events, "band-name"));
    }
    if (sums) return;
    lanes.forEach((lane, index) => {
      const counter = root.children[index + 1].lastElementChild;
      if (counter) setText(counter, tally(lane));
    });
  }

  return { root, update };
}

/**
 * @param {string} name
 * @param {number} height
 * @param {string} kind
 * @param {string} [title]
 */
function row(name, height, kind, title = name) {
  const counter = h("span", { class: "tally" });
  const element = h("div", { class: kind, title }, h("span", {}, name), counter);
  element.style.height = `${height}px`;
  return element;
}

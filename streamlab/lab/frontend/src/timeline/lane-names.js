/**
 * The names beside the timeline: one for each row, with the number of chunks.
 */
import { h, setText } from "../panes/dom.js";
import { tally } from "../text/labels.js";

/** @param {Pick<import("../model/store.js").Store, "lanes">} store */
export function createLaneNames(store) {
  const root = h("div", { class: "lanes", "aria-hidden": "true" });
  let shown = "";

  /** @param {import("./geometry.js").Layout} layout */
  function update({ band, lane: height, events }) {
    const names = store.lanes.map((lane) => lane.name);
    const key = [...names, height].join();
    if (key !== shown) {
      shown = key;
      root.replaceChildren(
        row("request context", band, "band-name"),
        ...names.map((name) => row(name, height, "lane-name")),
        row("events", events, "band-name"),
      );
    }
    store.lanes.forEach((lane, index) => {
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
 */
function row(name, height, kind) {
  const counter = h("span", { class: "tally" });
  const element = h("div", { class: kind, title: name }, h("span", {}, name), counter);
  element.style.height = `${height}px`;
  return element;
}

/**
 * The pipe: the stations that the bytes of a response pass, with what is in each of them.
 */
import { aside, h, pane, setText } from "../panes/dom.js";
import { tally } from "../text/labels.js";

/**
 * @param {import("../model/store.js").Store} store
 */
export function createPipe(store) {
  const stations = h("ol", { class: "stations" });
  const note = aside();
  const root = pane("pipe", [note], stations);
  let shown = "";

  function update() {
    const names = store.lanes.map(({ name }) => name);
    if (names.join() !== shown) {
      shown = names.join();
      stations.replaceChildren(...names.map((name) => h("li", { class: "station" }, name, h("span"))));
    }
    store.lanes.forEach((lane, index) => {
      const counter = stations.children[index].lastElementChild;
      if (counter) setText(counter, tally(lane));
    });
  }

  return { root, update };
}

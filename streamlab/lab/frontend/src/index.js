/**
 * The widget. anywidget calls the exported function once a model, so what it closes over is the
 * model's own; `render` runs once for each place that the model is shown at.
 */
import { Store } from "./store.js";
import { renderView } from "./view.js";

/** @typedef {import("./protocol.js").Batch} Batch */

/** @returns {import("@anywidget/types").AnyWidget} */
export default () => {
  /** @type {Store} */
  let store;
  return {
    initialize({ model }) {
      store = new Store(() => model.send({ type: "snapshot" }));
      const receive = (/** @type {Batch} */ message, /** @type {DataView[]} */ buffers) => {
        if (message.type === "batch") store.receive(message, buffers ?? []);
      };
      model.on("msg:custom", receive);
      // What was sent before this module was loaded is lost.
      store.resync();
      return () => model.off("msg:custom", receive);
    },
    render({ el }) {
      const controller = new AbortController();
      renderView(store, el, controller.signal);
      return () => controller.abort();
    },
  };
};

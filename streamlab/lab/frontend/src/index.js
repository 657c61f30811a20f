/**
 * The widget. anywidget calls the exported function once a model, so what it closes over is the
 * model's own; `render` runs once for each place that the model is shown at.
 */
import { Store } from "./model/store.js";
import { renderView } from "./view.js";

/** @typedef {import("./model/protocol.js").Batch} Batch */

/** @returns {import("@anywidget/types").AnyWidget} */
export default () => {
  /** @type {Store} */
  let store;
  return {
    initialize({ model }) {
      store = new Store(() => {
        try {
          model.send({ type: "snapshot" });
        } catch (error) {
          // A broken link throws; that it is broken is shown already.
          if (!store.gone) throw error;
        }
      });
      const receive = (/** @type {Batch} */ message, /** @type {DataView[]} */ buffers) => {
        if (message.type === "batch") store.receive(message, buffers ?? []);
      };
      // ipywidgets does not say which: its link to the kernel broke, or is there again.
      const linked = () => {
        store.leave();
        store.resync();
      };
      model.on("msg:custom", receive);
      model.on("comm_live_update", linked);
      // What was sent before this module was loaded is lost.
      store.resync();
      return () => {
        model.off("msg:custom", receive);
        model.off("comm_live_update", linked);
      };
    },
    render({ el }) {
      const controller = new AbortController();
      renderView(store, el, controller.signal);
      return () => controller.abort();
    },
  };
};

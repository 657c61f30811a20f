/**
 * The widget. anywidget calls the exported function once for each model, and `render` once for each
 * place on the page that shows the model.
 */
import { Store } from "./model/store.js";
import { renderView } from "./view.js";

/** @typedef {import("./model/protocol.js").Batch} Batch */

/** @type {import("./model/link.js").Schedule} */
function schedule(action, ms) {
  const timer = setTimeout(action, ms);
  return () => clearTimeout(timer);
}

/** @returns {import("@anywidget/types").AnyWidget} */
export default () => {
  /** @type {Store} */
  let store;
  return {
    initialize({ model }) {
      store = new Store((message) => {
        try {
          model.send(message);
        } catch (error) {
          // A closed connection throws, and the status line already shows it.
          if (!store.gone) throw error;
        }
      }, schedule);
      const receive = (/** @type {Batch} */ message, /** @type {DataView[]} */ buffers) => {
        if (message.type === "batch") store.receive(message, buffers ?? []);
      };
      // The connection to the kernel was closed or opened. ipywidgets does not say which.
      const linked = () => {
        store.leave();
        store.resync();
      };
      model.on("msg:custom", receive);
      model.on("comm_live_update", linked);
      // Messages sent before this module was loaded are lost.
      store.resync();
      return () => {
        store.close();
        model.off("msg:custom", receive);
        model.off("comm_live_update", linked);
      };
    },
    render({ model, el }) {
      const controller = new AbortController();
      renderView(store, model, el, controller.signal);
      return () => controller.abort();
    },
  };
};

/**
 * The widget. anywidget calls the exported function once for each model, and `render` once for each
 * place on the page that shows the model.
 */
import { Store } from "./model/store.js";
import { renderView } from "./view.js";

/** @typedef {import("./model/protocol.js").Batch} Batch */
/** @typedef {import("./model/protocol.js").ChannelName} ChannelName */

/** @type {import("./model/link.js").Schedule} */
function schedule(action, ms) {
  const timer = setTimeout(action, ms);
  return () => clearTimeout(timer);
}

/** @returns {import("@anywidget/types").AnyWidget} */
export default () => {
  /** @type {Record<ChannelName, Store>} */
  let stores;
  return {
    initialize({ model }) {
      const storeOf = (/** @type {ChannelName} */ channel) => {
        const store = new Store((message) => {
          try {
            model.send({ ...message, channel });
          } catch (error) {
            // A closed connection throws, and the status line already shows it.
            if (!store.gone) throw error;
          }
        }, schedule);
        return store;
      };
      stores = { shown: storeOf("shown"), beside: storeOf("beside") };
      const receive = (/** @type {Batch} */ message, /** @type {DataView[]} */ buffers) => {
        if (message.type === "batch") stores[message.channel].receive(message, buffers ?? []);
      };
      // Messages sent before this module was loaded are lost.
      const resync = () => {
        stores.shown.resync();
        if (model.get("comparison")?.first) stores.beside.resync();
      };
      // The connection to the kernel was closed or opened. ipywidgets does not say which.
      const linked = () => {
        for (const store of Object.values(stores)) store.leave();
        resync();
      };
      model.on("msg:custom", receive);
      model.on("comm_live_update", linked);
      resync();
      return () => {
        for (const store of Object.values(stores)) store.close();
        model.off("msg:custom", receive);
        model.off("comm_live_update", linked);
      };
    },
    render({ model, el }) {
      const controller = new AbortController();
      renderView(stores.shown, stores.beside, model, el, controller.signal);
      return () => controller.abort();
    },
  };
};

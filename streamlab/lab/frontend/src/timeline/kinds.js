/**
 * The buttons that choose a view of the run: in order of events, against time, or sums of bytes
 * against time.
 */
import { h, listen } from "../panes/dom.js";

/** @type {[import("./viewport.js").Kind, string, string][]} */
const KINDS = [
  ["order", "Order", "Equal steps from one event to the next"],
  ["time", "Time", "The clock of the run"],
  ["bytes", "Bytes", "How many bytes have been made and received, against time"],
];

/**
 * @param {Pick<import("./viewport.js").Viewport, "kind" | "hasOrder" | "choose">} viewport
 * @param {() => void} redraw
 * @param {AbortSignal} signal
 * @param {number} [most]  how many of the views there are
 */
export function createKinds(viewport, redraw, signal, most) {
  const buttons = KINDS.slice(0, most).map(([kind, name, title]) => {
    const button = h("button", { title }, name);
    const choose = () => {
      viewport.choose(kind);
      redraw();
    };
    listen(button, { click: choose }, signal);
    return button;
  });
  const root = h("span", { class: "kinds", role: "group", "aria-label": "View of the run" }, ...buttons);

  function update() {
    const [order] = buttons;
    order.disabled = !viewport.hasOrder;
    order.title = viewport.hasOrder ? KINDS[0][2] : "Too many chunks to show them in order.";
    buttons.forEach((button, index) => (button.ariaPressed = String(KINDS[index][0] === viewport.kind)));
  }

  return { root, update };
}

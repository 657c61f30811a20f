/**
 * Zooms and moves the timeline by wheel, drag, pinch and keyboard.
 */
import { listen } from "../panes/dom.js";
import { constrained, wheelFactor, zoomed } from "./transform.js";

/** @typedef {import("./transform.js").Transform} Transform */

/** The factor of one key press. */
const ZOOM_STEP = 1.5;
/** The distance of one key press, as a part of the width. */
const PAN_STEP = 0.15;
/** @type {Transform} */
const WHOLE = { k: 1, x: 0 };

/**
 * Wheel and touch scroll the page, unless the timeline has the focus, or the user presses Ctrl or
 * uses two fingers. The style sheet says the same with `touch-action`.
 *
 * @param {HTMLCanvasElement} element
 * @param {() => void} changed
 * @param {AbortSignal} signal
 */
export function createZoom(element, changed, signal) {
  let transform = WHOLE;
  let width = 1;
  let deepest = 1;
  /** Where each pressed pointer is, in px. @type {Map<number, number>} */
  const pointers = new Map();

  /** @param {Transform} wanted */
  function set(wanted) {
    const next = constrained(wanted, width, deepest);
    if (next.k === transform.k && next.x === transform.x) return;
    transform = next;
    changed();
  }

  /** @param {number} distance  in px */
  function pan(distance) {
    set({ k: transform.k, x: transform.x + distance });
  }

  /** @param {number} factor @param {number} [from] @param {number} [to] */
  function zoom(factor, from = width / 2, to = from) {
    set(zoomed(transform, factor, deepest, from, to));
  }

  /** @param {WheelEvent} event */
  function wheel(event) {
    if (!event.ctrlKey && !element.matches(":focus")) return;
    event.preventDefault();
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) pan(-event.deltaX);
    else zoom(wheelFactor(event), event.offsetX);
  }

  /** @param {PointerEvent} event */
  function down(event) {
    if (event.button || event.ctrlKey) return;
    pointers.set(event.pointerId, event.clientX);
    element.setPointerCapture(event.pointerId);
  }

  /** @param {PointerEvent} event */
  function move({ pointerId, clientX }) {
    const before = pointers.get(pointerId);
    if (before === undefined) return;
    const [other] = [...pointers].filter(([id]) => id !== pointerId);
    pointers.set(pointerId, clientX);
    if (!other) {
      pan(clientX - before);
      return;
    }
    const { left } = element.getBoundingClientRect();
    const spread = (/** @type {number} */ x) => Math.max(1, Math.abs(x - other[1]));
    const middle = (/** @type {number} */ x) => (x + other[1]) / 2 - left;
    zoom(spread(clientX) / spread(before), middle(before), middle(clientX));
  }

  /** @param {PointerEvent} event */
  function up({ pointerId }) {
    pointers.delete(pointerId);
  }

  /** @type {Record<string, () => void>} */
  const keys = {
    ArrowLeft: () => pan(PAN_STEP * width),
    ArrowRight: () => pan(-PAN_STEP * width),
    "+": () => zoom(ZOOM_STEP),
    "=": () => zoom(ZOOM_STEP),
    "-": () => zoom(1 / ZOOM_STEP),
    0: () => set(WHOLE),
  };

  /** @param {KeyboardEvent} event */
  function press(event) {
    const act = keys[event.key];
    const modified = event.ctrlKey || event.metaKey || event.altKey;
    // "+" needs Shift on many keyboards; Shift with an arrow picks a chunk.
    if (!act || modified || (event.shiftKey && event.key.startsWith("Arrow"))) return;
    event.preventDefault();
    act();
  }

  listen(element, { keydown: press, pointerdown: down, pointermove: move, pointerup: up, pointercancel: up }, signal);
  element.addEventListener("wheel", wheel, { signal, passive: false });

  return {
    get transform() {
      return transform;
    },
    /**
     * @param {number} newWidth  in px
     * @param {number} newDeepest  the largest zoom
     */
    resize(newWidth, newDeepest) {
      width = newWidth;
      deepest = newDeepest;
    },
    set,
  };
}

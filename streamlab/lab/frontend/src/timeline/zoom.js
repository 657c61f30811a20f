/**
 * Zooms and moves the timeline by wheel, drag, touch and keyboard.
 */
import { select } from "d3-selection";
import { zoom, zoomIdentity, zoomTransform } from "d3-zoom";
import { listen } from "../panes/dom.js";

/** The factor of one key press. */
const ZOOM_STEP = 1.5;
/** The distance of one key press, as a part of the width. */
const PAN_STEP = 0.15;

/**
 * Which events zoom. Wheel and touch scroll the page, unless the timeline has the focus or the user
 * presses Ctrl or uses two fingers.
 *
 * @param {HTMLElement} element
 * @returns {(event: any) => boolean}
 */
function wanted(element) {
  return (event) => {
    const focused = element.matches(":focus");
    if (event.type === "wheel") return event.ctrlKey || focused;
    if (event.type === "touchstart") return event.touches.length > 1 || focused;
    return !event.ctrlKey && !event.button;
  };
}

/**
 * @param {HTMLCanvasElement} element
 * @param {() => void} changed
 * @param {AbortSignal} signal
 */
export function createZoom(element, changed, signal) {
  /** @type {import("d3-zoom").ZoomBehavior<HTMLCanvasElement, unknown>} */
  const behavior = zoom();
  const selection = select(element);
  behavior.filter(wanted(element)).on("zoom", changed);
  selection.call(behavior).on("dblclick.zoom", null);
  listen(signal, {
    abort() {
      behavior.on("zoom", null);
      selection.on(".zoom", null);
    },
  });

  const pan = (/** @type {number} */ parts) =>
    behavior.translateBy(selection, (parts * element.clientWidth) / zoomTransform(element).k, 0);
  /** @type {Record<string, () => void>} */
  const keys = {
    ArrowLeft: () => pan(PAN_STEP),
    ArrowRight: () => pan(-PAN_STEP),
    "+": () => behavior.scaleBy(selection, ZOOM_STEP),
    "=": () => behavior.scaleBy(selection, ZOOM_STEP),
    "-": () => behavior.scaleBy(selection, 1 / ZOOM_STEP),
    0: () => behavior.transform(selection, zoomIdentity),
  };

  /** @param {KeyboardEvent} event */
  function press(event) {
    const act = keys[event.key];
    const modified = event.ctrlKey || event.metaKey || event.altKey;
    // "+" needs Shift on many keyboards; Shift with an arrow picks a chunk.
    if (!act || modified || (event.shiftKey && event.key.startsWith("Arrow"))) return;
    event.preventDefault();
    // Jupyter's shortcuts use the same keys.
    event.stopPropagation();
    act();
  }

  listen(element, { keydown: press }, signal);

  return {
    get transform() {
      return zoomTransform(element);
    },
    /**
     * @param {number} width
     * @param {number} height
     * @param {number} deepest
     */
    resize(width, height, deepest) {
      const extent = /** @type {[[number, number], [number, number]]} */ ([
        [0, 0],
        [width, height],
      ]);
      behavior.extent(extent).translateExtent(extent).scaleExtent([1, deepest]);
    },
    /** @param {{ k: number, x: number }} transform */
    set({ k, x }) {
      behavior.transform(selection, zoomIdentity.translate(x, 0).scale(k));
    },
  };
}

/**
 * A zoom in one direction: a position `p` in the whole picture is drawn at `k * p + x`.
 */

/** @typedef {{ k: number, x: number }} Transform */

/**
 * The nearest transform with which the picture fills the whole width.
 *
 * @param {Transform} transform
 * @param {number} width
 * @param {number} deepest  the largest `k`
 * @returns {Transform}
 */
export function constrained({ k, x }, width, deepest) {
  const scale = Math.min(deepest, Math.max(1, k));
  return { k: scale, x: Math.min(0, Math.max(width * (1 - scale), x)) };
}

/**
 * Zoom by a factor. The point that was drawn at `from` is drawn at `to` afterwards.
 *
 * @param {Transform} transform
 * @param {number} factor
 * @param {number} deepest  the largest `k`
 * @param {number} from  in px
 * @param {number} [to]  in px
 * @returns {Transform}
 */
export function zoomed({ k, x }, factor, deepest, from, to = from) {
  const scale = Math.min(deepest, Math.max(1, k * factor));
  return { k: scale, x: to - ((from - x) * scale) / k };
}

/**
 * The factor of one event of the mouse's wheel, or of a trackpad.
 *
 * @param {Pick<WheelEvent, "deltaY" | "deltaMode" | "ctrlKey">} event
 */
export function wheelFactor({ deltaY, deltaMode, ctrlKey }) {
  const pixels = deltaY * [1, 25, 500][deltaMode];
  // Browsers report a pinch as small steps with Ctrl.
  return 2 ** (-pixels * (ctrlKey ? 0.02 : 0.002));
}

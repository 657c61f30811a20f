/**
 * Replaces d3-transition, d3-interpolate and d3-drag in the bundle (see the aliases in
 * package.json).
 *
 * d3-zoom imports them for animations, which the timeline does not use. The real packages would be
 * half of the bundle.
 */
import { selection } from "d3-selection";

export function interrupt() {}

/** d3-drag prevents that a drag selects text. The stylesheet does so for the canvas. */
export function dragDisable() {}
export function dragEnable() {}

/**
 * An interpolator from one view of the axis to another that jumps at once.
 *
 * @param {unknown} _from
 * @param {unknown} to
 */
export function interpolateZoom(_from, to) {
  return () => to;
}

// d3-transition adds this method to all selections, and d3-zoom calls it.
selection.prototype.interrupt = function interruptNothing() {
  return this;
};

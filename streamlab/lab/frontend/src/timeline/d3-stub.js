/**
 * Stands in for d3-transition, d3-interpolate and d3-drag in the bundle (see the aliases in
 * package.json).
 *
 * d3-zoom imports the first two to animate. The view animates nothing, and the real ones, with the colour
 * spaces they interpolate in, would be half of a bundle that travels with each widget.
 */
import { selection } from "d3-selection";

export function interrupt() {}

/** d3-drag keeps a drag from selecting text; on the canvas the stylesheet does. */
export function dragDisable() {}
export function dragEnable() {}

/**
 * The way from one view of the axis to another: there at once.
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

/**
 * Stands in for d3-transition in the bundle (see the alias in package.json).
 *
 * d3-zoom imports it to interrupt animations. The view starts none, and the real one, with the
 * colour spaces it interpolates in, would be a third of the bundle that travels with each widget.
 */
import { selection } from "d3-selection";

export function interrupt() {}

// @ts-expect-error - d3-transition adds this method, and d3-zoom calls it.
selection.prototype.interrupt = function interruptNothing() {
  return this;
};

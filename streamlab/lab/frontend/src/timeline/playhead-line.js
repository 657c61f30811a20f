/**
 * The moment that all regions show: a line at it, and a veil over what comes later. While a run goes
 * on, a line at the present.
 */
import { endOf } from "./axis.js";

/** @param {import("./scene.js").Scene} scene */
export function drawPlayhead({ context, axis, scale, palette, moment, layout, facts, running }) {
  const height = layout.axisTop;
  if (moment.newest) {
    if (!running) return;
    context.fillStyle = palette.accent;
    context.fillRect(scale.toPixel(endOf(axis, facts)) - 1, 0, 2, height);
    return;
  }
  // In order of events, between the last step that is shown and the next one.
  const position = axis.kind === "order" ? axis.of(moment.time + 1) - 0.5 : moment.time;
  const x = Math.max(0, scale.toPixel(position));
  context.globalAlpha = 0.7;
  context.fillStyle = palette.surface;
  context.fillRect(x, 0, scale.width - x, height);
  context.globalAlpha = 1;
  context.fillStyle = palette.ink;
  context.fillRect(x - 1, 0, 2, height);
}

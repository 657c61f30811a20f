/**
 * The moment that all regions show: a line at it, and a veil over what comes later.
 */

/** @param {import("./scene.js").Scene} scene */
export function drawPlayhead({ context, axis, scale, palette, moment, layout }) {
  if (moment.newest) return;
  // In order of events, between the last step that is shown and the next one.
  const position = axis.kind === "order" ? axis.of(moment.time + 1) - 0.5 : moment.time;
  const x = Math.max(0, scale.toPixel(position));
  const height = layout.axisTop;
  context.globalAlpha = 0.7;
  context.fillStyle = palette.surface;
  context.fillRect(x, 0, scale.width - x, height);
  context.globalAlpha = 1;
  context.fillStyle = palette.ink;
  context.fillRect(x - 1, 0, 2, height);
}

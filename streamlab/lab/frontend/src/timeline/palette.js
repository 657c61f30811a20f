/**
 * The theme's colours for the canvas, which cannot use CSS variables.
 */

const NAMES = /** @type {const} */ ([
  "ink",
  "muted",
  "faint",
  "surface",
  "accent",
  "context",
  "warn",
  "error",
]);

/** @typedef {Record<typeof NAMES[number], string> & { font: string }} Palette */

/**
 * @param {Element} element
 * @returns {Palette}
 */
export function readPalette(element) {
  const style = getComputedStyle(element);
  const entries = NAMES.map((name) => [name, style.getPropertyValue(`--streamlab-${name}`).trim()]);
  return { ...Object.fromEntries(entries), font: `11px ${style.fontFamily}` };
}

/** @type {Map<string, [number, number, number]>} */
const known = new Map();

/**
 * A CSS colour as red, green and blue. The browser paints one pixel, because it can parse every
 * colour.
 *
 * @param {string} colour
 * @returns {[number, number, number]}
 */
export function channels(colour) {
  let rgb = known.get(colour);
  if (!rgb) {
    const canvas = new OffscreenCanvas(1, 1);
    const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    const [r, g, b] = context.getImageData(0, 0, 1, 1).data;
    rgb = [r, g, b];
    known.set(colour, rgb);
  }
  return rgb;
}

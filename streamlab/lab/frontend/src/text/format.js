/**
 * Times, sizes and texts for the screen.
 */

/** Largest first. A time has the first unit that it reaches. */
const TIME_UNITS = /** @type {const} */ ([
  ["s", 1e9],
  ["ms", 1e6],
  ["µs", 1e3],
]);

/**
 * Three significant digits: the clock is not more precise.
 *
 * @param {number} value
 */
function threeDigits(value) {
  const decimals = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return value.toFixed(decimals);
}

/** @param {number} ns */
export function formatTime(ns) {
  const size = Math.abs(ns);
  const sign = ns < 0 ? "−" : "";
  for (const [unit, length] of TIME_UNITS) {
    // 999.6 µs would round to "1000 µs": take the next unit from there on.
    if (size >= length * 0.9995) return `${sign}${threeDigits(size / length)} ${unit}`;
  }
  return size < 0.5 ? "0" : `${sign}${Math.round(size)} ns`;
}

/** The tooltip of a delay below zero. */
export const RECORDED_LATE = "the lane before recorded these bytes late";

/**
 * The delay after the lane before. Some servers do not report when they send, so their bytes are
 * recorded late, and the delay can be below zero. It is shown as "≈0".
 *
 * @param {number} ns
 * @param {boolean} [exact]  whether both lanes carry the same bytes
 */
export function formatDelay(ns, exact = true) {
  return ns < 0 ? "≈0" : `${exact ? "" : "≈"}+${formatTime(ns)}`;
}

const MOMENT = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

/**
 * A moment of the run, for a column. All have one unit, so they are easy to compare, and the
 * decimals are enough for a fast run.
 *
 * @param {number} ns
 */
export function formatMoment(ns) {
  return `${MOMENT.format(ns / 1e6)} ms`;
}

/**
 * Labels for a time axis: all in one unit, with the decimals that the step needs.
 *
 * @param {number} step  between two ticks, in ns
 * @param {number} end  the largest value shown, in ns
 * @returns {(ns: number) => string}
 */
export function tickFormat(step, end) {
  const [unit, length] = TIME_UNITS.find(([, size]) => end >= size) ?? ["ns", 1];
  const decimals = Math.max(0, -Math.floor(Math.log10(step / length) + 1e-9));
  return (ns) => `${(ns / length).toFixed(decimals)} ${unit}`;
}

/** @param {number} bytes */
export function formatBytes(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 999_500) return `${threeDigits(bytes / 1e3)} kB`;
  return `${threeDigits(bytes / 1e6)} MB`;
}

const GROUPED = new Intl.NumberFormat("en");

/**
 * @param {number} n
 * @param {string} noun
 */
export function count(n, noun) {
  return `${GROUPED.format(n)} ${noun}${n === 1 ? "" : "s"}`;
}

/** Characters that `escaped` replaces: backslashes, and all that are not printable in Python. */
export const INVISIBLE = String.raw`(?! )[\\\p{C}\p{Z}]`;
const EACH_INVISIBLE = new RegExp(INVISIBLE, "gu");
/** @type {Record<string, string>} */
const ESCAPES = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\" };

/**
 * The text with escapes for invisible characters, as in Python's repr().
 *
 * @param {string} text
 */
export function escaped(text) {
  return text.replace(EACH_INVISIBLE, (char) => {
    const code = /** @type {number} */ (char.codePointAt(0));
    const [letter, digits] = code < 0x100 ? ["x", 2] : code < 0x10000 ? ["u", 4] : ["U", 8];
    return ESCAPES[char] ?? `\\${letter}${code.toString(16).padStart(digits, "0")}`;
  });
}

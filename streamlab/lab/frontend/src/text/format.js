/**
 * Times, sizes and texts as a learner reads them.
 */

/** Largest first; a time is told in the first unit it fills. */
const TIME_UNITS = /** @type {const} */ ([
  ["s", 1e9],
  ["ms", 1e6],
  ["µs", 1e3],
]);

/**
 * Three significant digits: more would pretend to a precision the clock does not have.
 *
 * @param {number} value
 */
function threeDigits(value) {
  const decimals = value >= 100 ? 0 : value >= 10 ? 1 : 2;
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

/** Said of a lane that is told of its bytes after they have left it. */
export const NOTED_LATER = "the lane before noted these bytes only afterwards";

/**
 * How much later something was than on a lane before. Some servers do not tell when they send, and
 * what is noted afterwards can be noted too late: no time ran backwards.
 *
 * @param {number} ns
 * @param {boolean} [exact]  whether it is the same bytes that were later
 */
export function formatDelay(ns, exact = true) {
  return ns < 0 ? "≈0" : `${exact ? "" : "≈"}+${formatTime(ns)}`;
}

const MOMENT = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

/**
 * A moment of the run, for a column of such: one unit, so that they compare at a glance, and fine
 * enough to tell neighbours apart in a fast run.
 *
 * @param {number} ns
 */
export function formatMoment(ns) {
  return `${MOMENT.format(ns / 1e6)} ms`;
}

/**
 * Labels for a time axis: all in one unit, with as many decimals as the step asks for.
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

/** @type {Record<string, string>} */
const ESCAPES = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\" };

/**
 * The text with what cannot be seen written out, as Python's repr() would.
 *
 * @param {string} text
 */
export function escaped(text) {
  return text.replace(
    /[\\\u0000-\u001f\u007f]/g,
    (char) => ESCAPES[char] ?? `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

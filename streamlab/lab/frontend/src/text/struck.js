/**
 * Which characters of a view's code have no effect while `stream_with_context` is switched off: the
 * name with its parentheses, or the decorator.
 */

const CALL = /(?<![\w.])(?:[A-Za-z_]\w*\.)?stream_with_context\s*\(/g;
const DECORATOR = /^[ \t]*@(?:[A-Za-z_]\w*\.)?stream_with_context[ \t]*$/gm;
/** Strings and comments contain names and parentheses that are no code. */
const TEXT = /#[^\n]*|"""[^]*?"""|'''[^]*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g;

/**
 * @param {string} text  Python
 * @returns {[start: number, end: number][]} in ascending order
 */
export function struckRanges(text) {
  const code = text.replace(TEXT, (found) => found.replace(/[^\n]/g, " "));
  /** @type {[number, number][]} */
  const ranges = [];
  for (const { 0: found, index } of code.matchAll(DECORATOR)) {
    ranges.push([index + found.indexOf("@"), index + found.trimEnd().length]);
  }
  for (const { 0: found, index } of code.matchAll(CALL)) {
    const open = index + found.length;
    const close = closing(code, open);
    if (close < 0) continue;
    ranges.push([index, open], [close, close + 1]);
  }
  return ranges.sort(([a], [b]) => a - b);
}

/**
 * The index of the parenthesis that closes the one before `from`; -1 if there is none.
 *
 * @param {string} code
 * @param {number} from
 */
function closing(code, from) {
  let depth = 1;
  for (let index = from; index < code.length; index++) {
    if (code[index] === "(") depth++;
    else if (code[index] === ")" && !--depth) return index;
  }
  return -1;
}

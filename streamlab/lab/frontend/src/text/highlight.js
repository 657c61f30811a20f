/**
 * Simple syntax highlighting for Python and Jinja.
 *
 * The text is split into tokens first and into lines afterwards, because a string can span several
 * lines.
 */

/** @typedef {"plain" | "keyword" | "string" | "comment" | "number" | "call" | "tag"} Kind */
/** @typedef {[kind: Kind, text: string]} Token */

const KEYWORDS =
  "False None True and as assert async await break class continue def del elif else except " +
  "finally for from global if import in is lambda match nonlocal not or pass raise return try " +
  "while with yield";

/**
 * Each alternative is one group. The group's name is the token's kind.
 */
const PYTHON = new RegExp(
  [
    String.raw`(?<comment>#[^\n]*)`,
    String.raw`(?<string>\b[fFrRbBuU]{0,2}(?:"""[^]*?(?:"""|$)|'''[^]*?(?:'''|$)|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?)|(?:"""[^]*?(?:"""|$)|'''[^]*?(?:'''|$)|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?))`,
    String.raw`(?<keyword>\b(?:${KEYWORDS.split(" ").join("|")})\b)`,
    String.raw`(?<number>\b\d[\w.]*)`,
    String.raw`(?<call>@[\w.]+|\b[A-Za-z_]\w*(?=\())`,
  ].join("|"),
  "g",
);

const JINJA = /(?<comment>\{#[^]*?#\}|<!--[^]*?-->)|(?<keyword>\{%[^]*?%\})|(?<string>\{\{[^]*?\}\})|(?<tag><\/?[A-Za-z][^<>{]*>?)/g;

/**
 * @param {string} text
 * @param {"python" | "jinja"} language
 * @returns {Token[][]}  the tokens of each line
 */
export function highlight(text, language) {
  /** @type {Token[][]} */
  const lines = [[]];
  for (const [kind, piece] of tokens(text, language === "jinja" ? JINJA : PYTHON)) {
    piece.split("\n").forEach((part, index) => {
      if (index > 0) lines.push([]);
      if (part) lines[lines.length - 1].push([kind, part]);
    });
  }
  return lines;
}

/**
 * @param {string} text
 * @param {RegExp} grammar
 * @returns {Iterable<Token>}
 */
function* tokens(text, grammar) {
  let end = 0;
  for (const match of text.matchAll(grammar)) {
    if (match.index > end) yield ["plain", text.slice(end, match.index)];
    const [kind] = Object.entries(match.groups ?? {}).find(([, found]) => found) ?? ["plain"];
    yield [/** @type {Kind} */ (kind), match[0]];
    end = match.index + match[0].length;
  }
  if (end < text.length) yield ["plain", text.slice(end)];
}

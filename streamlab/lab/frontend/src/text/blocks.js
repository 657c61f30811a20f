/**
 * Plain text as paragraphs and blocks of code, as in a docstring: a blank line separates them, and
 * indented lines are code.
 */

/** @typedef {{ kind: "text" | "code", text: string }} Block */

/** The indentation of code in the kernel's texts. */
const INDENT = "    ";

/**
 * @param {string} text
 * @returns {Block[]}
 */
export function blocks(text) {
  return text.split(/\n\s*\n/).flatMap(block);
}

/**
 * One block for each group of lines of one kind. The lines of a paragraph are joined, because the
 * pane wraps them at another width.
 *
 * @param {string} part
 */
function block(part) {
  /** @type {Block[]} */
  const found = [];
  for (const line of part.split("\n").filter((line) => line.trim())) {
    const kind = line.startsWith(INDENT) ? "code" : "text";
    const words = kind === "code" ? line.slice(INDENT.length) : line.trim();
    const last = found[found.length - 1];
    if (last?.kind === kind) last.text += (kind === "code" ? "\n" : " ") + words;
    else found.push({ kind, text: words });
  }
  return found;
}

/**
 * The error, right below the line that raised it: what happened, why, and what to write instead.
 */
import { blocks } from "../text/blocks.js";
import { h, listen, setText, withCode } from "./dom.js";

/** @typedef {import("../model/protocol.js").Failure} Failure */

/** How long the button says that the code was copied, in ms. */
const COPIED_MS = 2000;

/** @param {AbortSignal} signal */
export function createBubble(signal) {
  // Present from the start: a screen reader announces changes only in an element that it knows.
  const alert = h("div", { role: "alert", class: "last" });
  const why = h("p", { class: "why" });
  const fixes = h("div", { class: "fixes" });
  const root = h("div", { class: "bubble" }, alert, why, fixes);
  /** @type {Failure | null | undefined} */
  let shown;

  /** @param {Failure | null} error */
  function show(error) {
    if (error === shown || JSON.stringify(error) === JSON.stringify(shown)) return;
    shown = error;
    root.classList.toggle("streamlab-silent", !error);
    setText(alert, error?.last ?? "");
    why.replaceChildren(...withCode(error?.sentence ?? ""));
    const made = error?.fixes.length ? error.fixes.map(fix) : advice(error?.advice ?? "");
    fixes.replaceChildren(...made);
  }

  /**
   * @param {Failure["fixes"][number]} fix
   * @param {number} index  each is enough by itself
   */
  function fix({ title, code, change }, index) {
    const copy = h("button", { class: "copy", "aria-label": `Copy: ${title}` }, "Copy");
    const text = h("code", {}, change.trimEnd());
    listen(copy, { click: () => copied(copy, text, code) }, signal);
    return h("div", { class: "fix" }, h("div", { class: "fix-title" }, index ? `Or: ${title}` : title, copy), h("pre", { tabindex: "0" }, text));
  }

  return { root, show };
}

/** @param {string} text */
function advice(text) {
  return blocks(text).map((block) => h(block.kind === "code" ? "pre" : "p", {}, block.text));
}

/**
 * Copy a code. Where a page may not use the clipboard, the code is selected instead.
 *
 * @param {HTMLButtonElement} button
 * @param {HTMLElement} text
 * @param {string} code
 */
async function copied(button, text, code) {
  try {
    await navigator.clipboard.writeText(code);
    setText(button, "Copied");
  } catch {
    getSelection()?.selectAllChildren(text);
    setText(button, "Selected: press Ctrl+C");
  }
  setTimeout(() => setText(button, "Copy"), COPIED_MS);
}

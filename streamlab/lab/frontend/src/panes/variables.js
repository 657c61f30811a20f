/**
 * The variables of the suspended generator. Those that have changed since the last step are marked.
 */
import { h } from "./dom.js";

/** @typedef {[name: string, text: string][]} Variables */

export function createVariables() {
  const list = h("dl", { class: "variables", "aria-label": "variables of the generator" });
  /** @type {Map<string, string>} */
  let before = new Map();
  let shown = "[]";

  /** @param {Variables} variables */
  function show(variables) {
    const key = JSON.stringify(variables);
    if (key === shown) return;
    shown = key;
    list.replaceChildren(...variables.map(entry));
    // While the generator runs there are none; the next step is compared with the last one.
    if (variables.length) before = new Map(variables);
  }

  /** @param {Variables[number]} variable */
  function entry([name, text]) {
    const changed = before.get(name) !== text;
    const value = h("dd", {}, h("code", {}, text), ...(changed ? [h("span", { class: "changed" }, "changed")] : []));
    return h("div", changed ? { class: "variable-changed" } : {}, h("dt", {}, name), value);
  }

  return { root: list, show };
}

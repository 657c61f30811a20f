/**
 * The details, of which one is visible: tabs as in the ARIA practices, with arrow keys.
 */
import { h, listen } from "./dom.js";

/**
 * @typedef Tab
 * @property {string} name
 * @property {HTMLElement} root
 * @property {() => void} update
 * @property {() => number} [size]  how many items the tab has; new ones are counted beside its name
 */

let numbers = 0;

/**
 * @param {import("../model/store.js").Store} store
 * @param {Tab[]} tabs
 * @param {AbortSignal} signal
 */
export function createDetails(store, tabs, signal) {
  const group = `streamlab-details-${++numbers}`;
  const buttons = tabs.map(({ name }, index) =>
    h("button", { role: "tab", class: "tab", id: `${group}-${index}` }, name),
  );
  const panels = tabs.map(({ root }, index) =>
    h("div", { role: "tabpanel", class: "tabpanel", "aria-labelledby": `${group}-${index}` }, root),
  );
  const list = h("div", { role: "tablist", class: "tabs", "aria-label": "details" }, ...buttons);
  const root = h("section", { class: "pane details", "aria-label": "details" }, list, ...panels);
  let current = 0;
  /** How many items of each tab the user has seen. */
  const seen = tabs.map(() => 0);
  /** The run that these items belong to. @type {number | undefined} */
  let run;

  /** @param {number} index */
  function show(index) {
    current = (index + tabs.length) % tabs.length;
    buttons.forEach((button, number) => {
      button.ariaSelected = String(number === current);
      button.tabIndex = number === current ? 0 : -1;
      panels[number].hidden = number !== current;
    });
    update();
  }

  function update() {
    tabs[current].update();
    if (store.facts.run?.id !== run) seen.fill(0);
    run = store.facts.run?.id;
    tabs.forEach(({ size }, index) => {
      const now = size?.() ?? 0;
      if (index === current) seen[index] = now;
      const fresh = Math.max(0, now - seen[index]);
      buttons[index].dataset.news = fresh ? String(fresh) : "";
      buttons[index].title = fresh ? `${fresh} new` : "";
    });
  }

  /** @param {KeyboardEvent} event */
  function press(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    show(current + step);
    buttons[current].focus();
  }

  buttons.forEach((button, index) => listen(button, { click: () => show(index) }, signal));
  listen(list, { keydown: press }, signal);
  show(0);

  return { root, update };
}

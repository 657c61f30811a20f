/**
 * Builds elements. Data becomes text or an attribute, never markup.
 */

/** Classes are global in the page, so all classes of the view have this prefix. */
const PREFIX = "streamlab-";

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string>} [attributes]  class names without the prefix; a button's type is
 *   "button" unless it is given
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, { class: names, ...attributes } = {}, ...children) {
  const element = document.createElement(tag);
  if (names) element.className = names.replace(/\S+/g, `${PREFIX}$&`);
  if (element instanceof HTMLButtonElement) element.type = "button";
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/**
 * Set the text only if it differs: a live region would announce the same sentence again.
 *
 * @param {Node} node
 * @param {string} text
 */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * A sentence in which backticks enclose code.
 *
 * @param {string} text
 * @returns {(Node | string)[]}
 */
export function withCode(text) {
  return text.split(/`([^`]+)`/).map((part, index) => (index % 2 ? h("code", {}, part) : part));
}

/**
 * A titled part of the view.
 *
 * @param {string} name
 * @param {Node[]} asides  shown beside the title, where a change of text moves nothing
 * @param {...(Node | string)} children
 */
export function pane(name, asides, ...children) {
  return h(
    "section",
    { class: `pane ${name}`, "aria-label": name },
    h(
      "header",
      { class: "header" },
      h("h3", { class: "title" }, name),
      ...asides,
    ),
    ...children,
  );
}

/**
 * The attributes of an element that scrolls. It must be reachable by keyboard.
 *
 * @param {string} label
 */
export function region(label) {
  return { role: "region", tabindex: "0", "aria-label": label };
}

/** A few words beside a title. */
export function aside() {
  return h("span", { class: "aside" });
}

/**
 * @param {EventTarget} target
 * @param {Record<string, (event: any) => void>} listeners  by the type of event
 * @param {AbortSignal} [signal]
 */
export function listen(target, listeners, signal) {
  for (const [type, listener] of Object.entries(listeners)) {
    target.addEventListener(type, listener, { signal });
  }
}

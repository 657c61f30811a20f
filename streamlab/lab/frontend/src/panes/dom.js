/**
 * Building elements. Data only ever becomes text or an attribute, never markup.
 */

/** Classes are global in the page, where others have theirs: all of ours begin so. */
const PREFIX = "streamlab-";

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string>} [attributes]  names of classes without the prefix
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    element.setAttribute(name, name === "class" ? value.replace(/\S+/g, `${PREFIX}$&`) : value);
  }
  element.append(...children);
  return element;
}

/**
 * Set the text only when it differs: a live region would announce the same sentence again.
 *
 * @param {Node} node
 * @param {string} text
 */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * A titled part of the view.
 *
 * @param {string} name
 * @param {Node[]} asides  what stands beside the title: news has its place there, and moves nothing
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

/** The attributes of a part that scrolls by itself: keys must reach it. @param {string} label */
export function region(label) {
  return { role: "region", tabindex: "0", "aria-label": label };
}

/** A few words beside a title. */
export function aside() {
  return h("span", { class: "aside" });
}

/**
 * The box beside the chunk or event that the user points at.
 */
import { h } from "../panes/dom.js";

/** The distance from the mark, in px: to the right, below, and above. */
const [RIGHT, BELOW, ABOVE] = [12, 10, 14];

export function createTooltip() {
  const root = h("div", { class: "tooltip", hidden: "" });
  return {
    root,
    /**
     * @param {Node[]} content
     * @param {number} x
     * @param {number} y
     * @param {number} width  of the timeline, in px
     */
    show(content, x, y, width) {
      const fresh = h("div", {}, ...content);
      // A screen reader would announce the same text again.
      if (fresh.textContent !== root.textContent) root.replaceChildren(...fresh.childNodes);
      root.hidden = false;
      const left = Math.max(0, Math.min(x + RIGHT, width - root.offsetWidth));
      // Beside the mark if there is room, otherwise above it, so that it does not cover the mark.
      const beside = x + RIGHT + root.offsetWidth <= width;
      const top = beside ? y + BELOW : y - root.offsetHeight - ABOVE;
      root.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
    },
    hide() {
      root.hidden = true;
    },
    /**
     * Whether screen readers announce the text: with the keyboard, not with the pointer.
     *
     * @param {boolean} on
     */
    announce(on) {
      root.ariaLive = on ? "polite" : null;
    },
  };
}

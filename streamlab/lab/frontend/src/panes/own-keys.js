/**
 * The keys that the view uses are also Jupyter's shortcuts: "d" pressed twice on a slider would
 * delete the cell.
 */

/** Jupyter ignores keys on an element with this attribute. */
const SUPPRESS = "data-lm-suppress-shortcuts";

/**
 * Keep keys from Jupyter while an element of the view has the focus, but not those with Ctrl or Cmd,
 * such as Ctrl+S, and not Shift+Enter, which runs the cell.
 *
 * The attribute must be on the focused element itself: the selectors of Jupyter's shortcuts match
 * that element, so an attribute around it comes too late.
 *
 * @param {HTMLElement} view
 * @param {AbortSignal} signal
 */
export function keepKeys(view, signal) {
  /** @param {KeyboardEvent} event */
  function press({ target, key, ctrlKey, metaKey, shiftKey }) {
    if (!(target instanceof Element) || !view.contains(target)) return;
    const jupyters = ctrlKey || metaKey || (shiftKey && key === "Enter");
    target.toggleAttribute(SUPPRESS, !jupyters);
  }

  // Jupyter listens on the document in the same phase. The window comes before it.
  window.addEventListener("keydown", press, { capture: true, signal });
}

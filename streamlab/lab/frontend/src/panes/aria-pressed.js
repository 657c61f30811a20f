/**
 * Sets `aria-pressed` on the switch `stream_with_context`: ipywidgets' ToggleButton shows its state
 * by a class only, which screen readers ignore.
 */
import { listen } from "./dom.js";

const PANEL = ".streamlab-panel";
const LABEL = "stream_with_context";
/** The class of a ToggleButton that is on. */
const ON = "mod-active";

/**
 * @param {Element} el  an element in the panel
 * @param {AbortSignal} signal
 */
export function describeToggle(el, signal) {
  const panel = el.closest(PANEL);
  if (!panel) {
    // ipywidgets renders a view before it adds it to the panel.
    const frame = requestAnimationFrame(() => describeToggle(el, signal));
    listen(signal, { abort: () => cancelAnimationFrame(frame) });
    return;
  }
  const observer = new MutationObserver(describe);

  function describe() {
    for (const button of panel?.querySelectorAll("button") ?? []) {
      if (button.textContent?.trim() !== LABEL) continue;
      const pressed = String(button.classList.contains(ON));
      if (button.ariaPressed !== pressed) button.ariaPressed = pressed;
    }
  }

  // The whole panel, because the button may be rendered after the view.
  observer.observe(panel, {
    attributes: true,
    attributeFilter: ["class"],
    childList: true,
    subtree: true,
  });
  listen(signal, { abort: () => observer.disconnect() });
  describe();
}

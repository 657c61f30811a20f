/**
 * ipywidgets' ToggleButton shows its state by a class alone. This tells it to screen readers too.
 */

const PANEL = ".streamlab-panel";
const LABEL = "stream_with_context";
/** The class that ipywidgets gives to a button that is on. */
const ON = "mod-active";

/**
 * @param {Element} el  somewhere in the panel
 * @param {AbortSignal} signal
 */
export function describeToggle(el, signal) {
  const panel = el.closest(PANEL);
  if (!panel) {
    // ipywidgets renders a view before it puts it into the panel.
    const frame = requestAnimationFrame(() => describeToggle(el, signal));
    signal.addEventListener("abort", () => cancelAnimationFrame(frame));
    return;
  }
  const observer = new MutationObserver(describe);

  function describe() {
    for (const button of panel?.querySelectorAll("button") ?? []) {
      if (button.textContent?.trim() !== LABEL) continue;
      const pressed = String(button.classList.contains(ON));
      if (button.getAttribute("aria-pressed") !== pressed) {
        button.setAttribute("aria-pressed", pressed);
      }
    }
  }

  // The button may be rendered after the view, hence the whole panel.
  observer.observe(panel, {
    attributes: true,
    attributeFilter: ["class"],
    childList: true,
    subtree: true,
  });
  signal.addEventListener("abort", () => observer.disconnect());
  describe();
}

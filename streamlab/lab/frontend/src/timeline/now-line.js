/**
 * The line at the present while a run goes on. In time the browser moves it without any script:
 * the animation of a transform costs the page nothing.
 */
import { h } from "../panes/dom.js";
import { endOf } from "./axis.js";

/** An animation is made again if its line is this far from where it should be, in px. */
const DRIFT = 2;

/**
 * @param {() => void} ended  called when the line has come to the end of the axis
 * @param {AbortSignal} signal
 */
export function createNowLine(ended, signal) {
  const root = h("div", { class: "now", hidden: "", "aria-hidden": "true" });
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  /** @type {Animation | undefined} */
  let moving;
  let speed = 0;
  let origin = 0;
  signal.addEventListener("abort", stop);

  function stop() {
    moving?.cancel();
    moving = undefined;
  }

  /**
   * @param {import("./scene.js").Scene} scene
   * @param {boolean} running
   */
  function update({ axis, facts, scale, layout, moment }, running) {
    const x = scale.toPixel(endOf(axis, facts));
    root.hidden = !running || !moment.newest || x < 0 || x > scale.width;
    if (root.hidden) {
      stop();
      return;
    }
    root.style.height = `${layout.axisTop}px`;
    if (axis.kind === "order" || still.matches) {
      stop();
      root.style.transform = at(x);
      return;
    }
    const perMs = 1e6 * (scale.toPixel(1) - scale.toPixel(0));
    const expected = origin + speed * Number(moving?.currentTime ?? 0);
    if (moving && speed === perMs && Math.abs(expected - x) < DRIFT) return;
    stop();
    [origin, speed] = [x, perMs];
    const end = Math.min(scale.width, scale.toPixel(axis.high));
    const frames = { transform: [at(x), at(end)] };
    moving = root.animate(frames, { duration: Math.max(1, (end - x) / perMs), fill: "forwards" });
    moving.onfinish = ended;
  }

  return { root, update };
}

/** @param {number} x */
const at = (x) => `translateX(${x.toFixed(1)}px)`;

/**
 * The buttons of the first line. Run and Stop are one button, because only one of them makes sense.
 */
import { h, listen, setText } from "./dom.js";
import { createOpenInTab } from "./open-in-tab.js";

/**
 * @param {import("../model/store.js").Store} store
 * @param {import("../model/controls.js").Controls} controls
 * @param {AbortSignal} signal
 */
export function createActions(store, controls, signal) {
  const run = button("Run", "run");
  const next = button("Next chunk", "next");
  const compare = button("Compare", "compare");
  const matrix = button("Matrix", "show-matrix");
  const open = createOpenInTab(controls);
  const full = button("Full screen", "full");
  const more = button("Details", "more");
  more.ariaPressed = "false";
  more.title = "Show the chunks, the wire, the events and the output in place of the timeline";
  next.title = "Run the generator to its next yield";
  matrix.title = "Send the request with each server and each middleware, one after the other";
  const root = h("div", { class: "actions" }, run, next, compare, matrix, open.root, more, full);

  const running = () => ["running", "waiting"].includes(store.facts.state);

  function update() {
    open.update();
    const stop = running();
    const old = controls.changed(store.facts.run) || Boolean(controls.get("old"));
    setText(run, stop ? "Stop" : "Run");
    run.title = stop ? "Close the connection, like closing a browser tab" : "Send the request";
    run.disabled = store.gone;
    run.classList.toggle("streamlab-wanted", old && !stop);
    next.hidden = controls.get("pace") !== "step";
    next.disabled = store.facts.state === "done";
    const { no_switch } = controls.choices;
    compare.disabled = store.gone || Boolean(no_switch);
    compare.title = no_switch || "Send the request with stream_with_context, and then without it";
    matrix.disabled = store.gone;
  }

  /** Show the matrix of this path again, or make it. */
  function showMatrix() {
    const { path, rows } = controls.get("matrix") ?? {};
    if (rows?.length && path === controls.values.path.trim()) controls.set("lower", "matrix");
    else controls.send("matrix");
  }

  /** With large text, the details take the place of the timeline. */
  function toggleDetails() {
    const view = /** @type {HTMLElement} */ (root.closest(".streamlab-view"));
    const shown = view.dataset.details !== "true";
    view.dataset.details = more.ariaPressed = String(shown);
  }

  async function toggleFullScreen() {
    const view = root.closest(".streamlab-view");
    if (document.fullscreenElement) await document.exitFullscreen();
    else await view?.requestFullscreen();
  }

  function pressRun() {
    controls.send(running() ? "stop" : "run");
    store.expect();
  }

  listen(run, { click: pressRun }, signal);
  listen(next, { click: () => controls.send("next") }, signal);
  listen(compare, { click: () => controls.send("compare") }, signal);
  listen(matrix, { click: showMatrix }, signal);
  listen(full, { click: toggleFullScreen }, signal);
  listen(more, { click: toggleDetails }, signal);

  return { root, update };
}

/**
 * @param {string} name
 * @param {string} kind
 */
function button(name, kind) {
  return h("button", { class: `button ${kind}` }, name);
}

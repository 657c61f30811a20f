/**
 * The state of the controls: traits of the widget, which the kernel sets and reads too.
 */

/** @typedef {import("./protocol.js").Run} Run */
/** @typedef {Pick<Run, "path" | "stream_with_context" | "middleware" | "server" | "pace">} Values */

/**
 * @typedef Option
 * @property {string} value
 * @property {string} missing  why it cannot be chosen, with what to do; "" if it can
 */

/**
 * What the controls offer. The kernel makes it in `streamlab/lab/choices.py`.
 *
 * @typedef Choices
 * @property {Run["pace"][]} paces
 * @property {Option[]} middleware
 * @property {Option[]} servers
 * @property {string} no_switch  why stream_with_context cannot be switched off; "" if it can
 */

const NAMES = /** @type {const} */ (["path", "stream_with_context", "middleware", "server", "pace"]);

export class Controls {
  #model;

  /** @param {import("@anywidget/types").AnyModel} model */
  constructor(model) {
    this.#model = model;
  }

  /** @param {string} name */
  get(name) {
    return this.#model.get(name);
  }

  /**
   * @param {string} name
   * @param {unknown} value
   */
  set(name, value) {
    this.#model.set(name, value);
    this.#model.save_changes();
    if (this.get("live") && NAMES.some((known) => known === name)) this.send("run");
  }

  /** What the kernel offers. @returns {Choices} */
  get choices() {
    return this.get("choices") ?? { paces: [], middleware: [], servers: [], no_switch: "" };
  }

  /** What the lower part of the view shows. @returns {"timeline" | "compare" | "matrix"} */
  get lower() {
    return this.get("lower") ?? "timeline";
  }

  /** @returns {Values} */
  get values() {
    return /** @type {Values} */ (Object.fromEntries(NAMES.map((name) => [name, this.get(name)])));
  }

  /**
   * Ask the kernel for something. The values go with it, because traits may arrive later.
   *
   * @param {"shown" | "run" | "stop" | "next" | "compare" | "compare_with" | "show_run" | "matrix"
   *   | "stop_matrix" | "cell"} type
   * @param {number} [number]  of a run, or the position of a cell
   */
  send(type, number) {
    this.#model.send({ type, controls: this.values, ...(number === undefined ? {} : { number }) });
  }

  /**
   * Whether the controls show something else than what a run was made with. A comparison changes
   * one of them by itself.
   *
   * @param {Run | null} run
   */
  changed(run) {
    if (!run?.id || run.external || this.lower === "compare") return false;
    const { values } = this;
    const key = (/** @type {Values} */ { path, stream_with_context, middleware, server, pace }) =>
      JSON.stringify([path, stream_with_context, middleware, server, pace]);
    return key({ ...values, path: values.path.trim() }) !== key(run);
  }

  /**
   * @param {() => void} listener  called after each change of a trait
   * @param {AbortSignal} signal
   */
  subscribe(listener, signal) {
    const names = [...NAMES, "choices", "old", "live", "scale", "lower", "history", "comparison", "matrix", "address"];
    for (const name of names) this.#model.on(`change:${name}`, listener);
    signal.addEventListener("abort", () => {
      for (const name of names) this.#model.off(`change:${name}`, listener);
    });
  }
}

/**
 * The slider `Replay`: goes through the steps of a run, by hand or by itself. All regions show the
 * moment of the slider.
 */
import { bisectRight } from "../model/bisect.js";
import { count } from "../text/format.js";
import { stepAt } from "../model/replay-clock.js";
import { stepTimes, stepWords } from "../model/steps.js";
import { h, listen, setText } from "../panes/dom.js";

const SPEEDS = /** @type {const} */ ([
  ["1×", 1],
  ["¼×", 1 / 4],
  ["1/16×", 1 / 16],
]);

/**
 * @param {import("../model/store.js").Store} store
 * @param {import("../model/playhead.js").Playhead} playhead
 * @param {() => "order" | "time"} kind  of the axis: in equal steps, or by the clock
 * @param {AbortSignal} signal
 */
export function createReplay(store, playhead, kind, signal) {
  const play = h("button", { class: "play" }, "Play");
  const speed = h(
    "select",
    { class: "speed", "aria-label": "Speed of the replay" },
    ...SPEEDS.map(([label, factor]) => h("option", { value: String(factor) }, label)),
  );
  const slider = h("input", { type: "range", class: "slider", "aria-label": "Replay", min: "0", step: "1" });
  const words = h("span", { class: "replay-words" });
  const root = h("div", { class: "replay" }, play, speed, slider, words);
  /** The steps of the run. */
  let times = /** @type {Float64Array} */ (new Float64Array(0));
  let version = -1;
  let epoch = -1;
  /** The next frame of a replay that plays. */
  let frame = 0;
  /** How it began. @type {import("../model/replay-clock.js").Start} */
  let begun = { step: 0, at: 0, kind: "order", speed: 1 };
  listen(signal, { abort: () => cancelAnimationFrame(frame) });

  function update() {
    const ready = store.facts.state === "done" && store.lanes.some(({ length }) => length);
    if (!ready || store.epoch !== epoch) stop();
    epoch = store.epoch;
    if (ready && store.version !== version) {
      version = store.version;
      times = stepTimes(store);
    }
    const last = ready ? times.length : 0;
    const { moment } = playhead;
    for (const control of [play, speed, slider]) control.disabled = !ready;
    slider.max = String(last);
    slider.value = String(moment.newest ? last : bisectRight(times, moment.time));
    const said = ready && !moment.newest ? wordsAt(Number(slider.value)) : "";
    setText(words, said || (ready ? count(last, "step") : ""));
    slider.ariaValueText = said ? `${slider.value} of ${last}: ${said}` : "the whole run";
    setText(play, frame ? "Pause" : "Play");
  }

  /** @param {number} step  counted from 1; 0: before the first */
  function wordsAt(step) {
    return step ? stepWords(store, times[step - 1]) : "before the first step";
  }

  /** @param {number} step */
  function show(step) {
    playhead.set(step >= times.length ? Infinity : step ? times[step - 1] : -1);
  }

  function stop() {
    cancelAnimationFrame(frame);
    frame = 0;
  }

  function toggle() {
    if (frame) stop();
    else start(playhead.moment.newest ? 0 : Number(slider.value));
    update();
  }

  /** Play from a step on. @param {number} step */
  function start(step) {
    begin(step);
    frame = requestAnimationFrame(draw);
    show(step);
  }

  /** @param {number} step */
  function begin(step) {
    begun = { step, at: performance.now(), kind: kind(), speed: Number(speed.value) };
  }

  function draw() {
    if (store.epoch !== epoch) {
      update();
      return;
    }
    const step = stepAt(times, begun, performance.now());
    if (step >= times.length) {
      stop();
      show(step);
      update();
      return;
    }
    // The user has chosen another view or speed: it goes on from here.
    if (begun.kind !== kind() || begun.speed !== Number(speed.value)) begin(step);
    frame = requestAnimationFrame(draw);
    show(step);
  }

  function moved() {
    stop();
    show(Number(slider.value));
    update();
  }

  listen(play, { click: toggle }, signal);
  listen(slider, { input: moved }, signal);

  return { root, update };
}

/**
 * The slider `Replay`: goes through the steps of a run, by hand or by itself. All regions show the
 * moment of the slider.
 */
import { bisectRight } from "../model/bisect.js";
import { stepTimes, stepWords } from "../model/steps.js";
import { h, listen, setText } from "../panes/dom.js";

/** In the order of events, a step takes this time, in ms. */
const STEP = 250;
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
  const play = h("button", { type: "button", class: "play" }, "Play");
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
  /** The next frame of a replay that plays. */
  let frame = 0;
  listen(signal, { abort: () => cancelAnimationFrame(frame) });

  function update() {
    const ready = store.facts.state === "done" && store.lanes.some(({ length }) => length);
    if (!ready) {
      stop();
    } else if (store.version !== version) {
      version = store.version;
      times = stepTimes(store);
    }
    const last = ready ? times.length : 0;
    const { moment } = playhead;
    for (const control of [play, speed, slider]) control.disabled = !ready;
    slider.max = String(last);
    slider.value = String(moment.newest ? last : bisectRight(times, moment.time));
    const said = !ready || moment.newest ? "" : `${slider.value} of ${last}: ${wordsAt(Number(slider.value))}`;
    setText(words, said);
    slider.ariaValueText = said || "the whole run";
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
    if (frame) {
      stop();
      update();
      return;
    }
    const from = playhead.moment.newest ? 0 : Number(slider.value);
    start(from);
  }

  /** Play from a step on. @param {number} from */
  function start(from) {
    const factor = Number(speed.value);
    const begun = performance.now();
    const origin = from ? times[from - 1] : Math.min(0, times[0]);
    const draw = () => {
      const elapsed = (performance.now() - begun) * factor;
      const step = kind() === "order" ? from + Math.floor(elapsed / STEP) : bisectRight(times, origin + elapsed * 1e6);
      if (step >= times.length) {
        stop();
        show(times.length);
        update();
        return;
      }
      frame = requestAnimationFrame(draw);
      show(step);
    };
    frame = requestAnimationFrame(draw);
    show(from);
    update();
  }

  function moved() {
    stop();
    show(Number(slider.value));
    update();
  }

  /** @param {KeyboardEvent} event */
  function press(event) {
    event.stopPropagation(); // Jupyter's shortcuts use the same keys
  }

  listen(play, { click: toggle }, signal);
  listen(slider, { input: moved, keydown: press }, signal);

  return { root, update };
}

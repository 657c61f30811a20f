/**
 * The link to the kernel. The view acknowledges each batch, and asks for a snapshot if it needs one.
 * Both messages can be lost, so they are sent again until a batch arrives.
 */

/**
 * Calls an action after some milliseconds, and returns a function that prevents it.
 *
 * @typedef {(action: () => void, ms: number) => () => void} Schedule
 */
/** @typedef {{ type: "snapshot", again: boolean } | { type: "ack", seq: number }} Message */

const MANY = Array(10).fill(2000);
/** The pauses until a request for a snapshot is repeated, in ms. The last one is used again. */
const ASK_AGAIN = [300, 1000, ...MANY, 30_000];
/** The same for an acknowledgement. */
const ACKNOWLEDGE_AGAIN = [2000, 4000, 8000, 16_000, 30_000];

export class Link {
  #send;
  #schedule;
  #asking = false;
  #cancel = () => {};

  /**
   * @param {(message: Message) => void} send
   * @param {Schedule} schedule
   */
  constructor(send, schedule) {
    this.#send = send;
    this.#schedule = schedule;
  }

  /** Ask for a snapshot until one is acknowledged. */
  ask() {
    if (this.#asking) return;
    this.#asking = true;
    this.#repeat((again) => ({ type: "snapshot", again }), ASK_AGAIN);
  }

  /**
   * @param {number} seq  of the latest batch
   * @param {boolean} more  whether the run goes on, so that another batch is expected
   */
  acknowledge(seq, more) {
    this.close();
    if (more) this.#repeat(() => ({ type: "ack", seq }), ACKNOWLEDGE_AGAIN);
    else this.#send({ type: "ack", seq });
  }

  /** Send nothing again. */
  close() {
    this.#asking = false;
    this.#cancel();
  }

  /**
   * @param {(again: boolean) => Message} message
   * @param {number[]} pauses
   */
  #repeat(message, pauses, tries = 0) {
    this.#cancel();
    const pause = pauses[Math.min(tries, pauses.length - 1)];
    this.#cancel = this.#schedule(() => this.#repeat(message, pauses, tries + 1), pause);
    this.#send(message(tries > 0));
  }
}

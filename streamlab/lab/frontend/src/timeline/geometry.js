/**
 * The timeline's rows from top to bottom, in CSS pixels: the band of the request context, the lanes,
 * the events and the axis. The lane names beside the canvas use the same numbers.
 */

/** The usual heights of the rows, and the least height of a lane. */
const USUAL = { band: 26, lane: 24, events: 30, axis: 20 };
/** In a chart that is higher than this, the lanes grow with it. */
const USUAL_ROOM = 194;
const LEAST_LANE = 11;

export class Layout {
  /**
   * @param {number} lanes  how many there are
   * @param {number} [room]  if they do not fit into this height, the lanes get thinner
   * @param {{ band: number, events: number, axis: number }} [others]  the heights of the other rows
   */
  constructor(lanes, room = Infinity, { band, events, axis } = USUAL) {
    const left = Math.floor((room - band - events - axis) / Math.max(1, lanes));
    const most = Number.isFinite(room) ? Math.max(1, room / USUAL_ROOM) : 1;
    this.lanes = lanes;
    this.band = band;
    this.lane = Math.max(LEAST_LANE, Math.min(USUAL.lane * most, left));
    this.events = events;
    this.axis = axis;
    /** The height of a chunk's mark. */
    this.mark = Math.round((this.lane * 2) / 3);
  }

  get height() {
    return this.axisTop + this.axis;
  }

  /** The y of a lane's middle. @param {number} lane */
  middleOf(lane) {
    return this.band + (lane + 0.5) * this.lane;
  }

  /** The y between a lane and the next one. @param {number} upper */
  below(upper) {
    return this.band + (upper + 1) * this.lane;
  }

  get eventsTop() {
    return this.band + this.lanes * this.lane;
  }

  get axisTop() {
    return this.eventsTop + this.events;
  }

  /** The lane above the gap between two lanes that is nearest to a y. @param {number} y */
  laneAbove(y) {
    return Math.round((y - this.band) / this.lane) - 1;
  }

  /** The lane at a y, or -1. @param {number} y */
  laneAt(y) {
    const lane = Math.floor((y - this.band) / this.lane);
    return lane >= 0 && lane < this.lanes ? lane : -1;
  }
}

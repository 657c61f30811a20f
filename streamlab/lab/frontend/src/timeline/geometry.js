/**
 * The timeline's rows from top to bottom, in CSS pixels. The lane names beside the canvas use the
 * same numbers.
 */
export const BAND_HEIGHT = 26;
export const LANE_HEIGHT = 24;
export const EVENTS_HEIGHT = 30;
export const AXIS_HEIGHT = 20;

/** @param {number} lanes */
export function heightFor(lanes) {
  return BAND_HEIGHT + lanes * LANE_HEIGHT + EVENTS_HEIGHT + AXIS_HEIGHT;
}

/** The y of a lane's middle. @param {number} lane */
export function middleOf(lane) {
  return BAND_HEIGHT + (lane + 0.5) * LANE_HEIGHT;
}

/** @param {number} lanes */
export function eventsTop(lanes) {
  return BAND_HEIGHT + lanes * LANE_HEIGHT;
}

/** @param {number} lanes */
export function axisTop(lanes) {
  return eventsTop(lanes) + EVENTS_HEIGHT;
}

/** The lane above the gap between two lanes that is nearest to a y. @param {number} y */
export function laneAbove(y) {
  return Math.round((y - BAND_HEIGHT) / LANE_HEIGHT) - 1;
}

/** The lane at a y, or -1. @param {number} y @param {number} lanes */
export function laneAt(y, lanes) {
  const lane = Math.floor((y - BAND_HEIGHT) / LANE_HEIGHT);
  return lane >= 0 && lane < lanes ? lane : -1;
}

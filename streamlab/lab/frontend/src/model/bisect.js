/**
 * Binary search in a sorted column.
 */

/**
 * The first row from `low` on for which `reached` is true; otherwise `high`.
 *
 * @param {number} low
 * @param {number} high
 * @param {(row: number) => boolean} reached  false up to some row, true from there on
 */
function firstRow(low, high, reached) {
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (reached(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * The first row whose value is not below `value`.
 *
 * @param {ArrayLike<number>} column
 * @param {number} value
 */
export function bisectLeft(column, value, low = 0, high = column.length) {
  return firstRow(low, high, (row) => column[row] >= value);
}

/**
 * The first row whose value is above `value`.
 *
 * @param {ArrayLike<number>} column
 * @param {number} value
 */
export function bisectRight(column, value, low = 0, high = column.length) {
  return firstRow(low, high, (row) => column[row] > value);
}

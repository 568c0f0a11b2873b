// @ts-check
// Points on a sphere: how they are seen when it is turned, and which are near each other.

/**
 * @typedef {{point: number, cosine: number}} Neighbour
 * @typedef {{n: number, d: number, at: (i: number, k: number) => number}} Rows n rows of d numbers
 */

/**
 * One row out of several tables in C order.
 *
 * @param {{shape: number[], values: ArrayLike<number>}} numbers of the shape (tables, n, d)
 * @param {number} table
 * @returns {Rows}
 */
export function rowsOf({ shape, values }, table) {
  const [, n, d] = shape;
  return { n, d, at: (i, k) => values[(table * n + i) * d + k] };
}

/**
 * The rows nearest to row i by their cosine, the nearest first. Rows have length 1.
 *
 * @param {Rows} rows
 * @param {number} i
 * @param {number} count
 * @returns {Neighbour[]}
 */
export function neighbours({ n, d, at }, i, count) {
  /** @type {Neighbour[]} */
  const found = [];
  for (let j = 0; j < n; j++) {
    if (j === i) continue;
    let cosine = 0;
    for (let k = 0; k < d; k++) cosine += at(i, k) * at(j, k);
    if (found.length === count && cosine <= found[count - 1].cosine) continue;
    found.push({ point: j, cosine });
    found.sort((a, b) => b.cosine - a.cosine);
    found.length = Math.min(found.length, count);
  }
  return found;
}

/**
 * Where a point is seen: to the right, up, and towards the eye.
 *
 * @param {number[]} point x, y, z
 * @param {number} yaw turned about the axis that points up
 * @param {number} pitch and then towards the eye
 */
export function turned([x, y, z], yaw, pitch) {
  const [sy, cy, sp, cp] = [Math.sin(yaw), Math.cos(yaw), Math.sin(pitch), Math.cos(pitch)];
  const [across, away] = [cy * x + sy * z, cy * z - sy * x];
  return [across, cp * y - sp * away, sp * y + cp * away];
}

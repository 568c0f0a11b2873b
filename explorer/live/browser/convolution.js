// @ts-check
// A small convolutional net, forward only, from the weights in a frame: what each block makes of an
// image, and the sum behind any number of it. core/stacked/cnn.py is the same net.

/**
 * @import { Arrays, Numbers } from "./frames.js"
 *
 * @typedef {Float32Array | number[]} Flat channel by channel, row by row
 * @typedef {object} Layer what a block makes of what is below it
 * @property {Flat} below
 * @property {number} nBelow channels
 * @property {number} sideBelow
 * @property {Float32Array} sums after batch norm, before pooling and ReLU; of `sideBelow`
 * @property {number} n channels
 * @property {number} side
 * @property {Float32Array} maps
 * @property {Int32Array} from where in `sums` each number of `maps` was, for the largest of four
 * @property {number} kernel its side
 *
 * @typedef {object} Sum how one number came about
 * @property {number} row of the window's middle, in the maps below
 * @property {number} column
 * @property {number[]} parts the sum over the window, by channel below
 * @property {number} strongest the channel with the largest part
 * @property {number[]} window what is in it, of that channel; 0 outside
 * @property {number[]} weights of that channel
 * @property {number} sum of all parts
 * @property {number} scale batch norm's
 * @property {number} offset batch norm's
 * @property {number} value after ReLU
 */

/**
 * Everything that a net makes of an image.
 *
 * @param {Arrays} arrays of the frame: kernel1, scale1, offset1, ..., head, head_bias
 * @param {boolean[]} pools by block
 * @param {Flat} image
 * @returns {{layers: Layer[], scores: number[]}} scores are logits
 */
export function forward(arrays, pools, image) {
  /** @type {Layer[]} */
  const layers = [];
  let [below, nBelow, side] = [image, 1, Math.sqrt(image.length)];
  pools.forEach((pool, i) => {
    const layer = block(arrays, i + 1, pool, below, nBelow, side);
    layers.push(layer);
    [below, nBelow, side] = [layer.maps, layer.n, layer.side];
  });
  const { head, head_bias: bias } = arrays;
  const area = side * side;
  const means = Array.from({ length: nBelow }, (_, c) => {
    let sum = 0;
    for (let i = c * area; i < (c + 1) * area; i++) sum += below[i];
    return sum / area;
  });
  const scores = Array.from({ length: head.shape[0] }, (_, k) =>
    means.reduce((sum, mean, c) => sum + head.values[k * nBelow + c] * mean, bias.values[k]));
  return { layers, scores };
}

/**
 * @param {Arrays} arrays
 * @param {number} i the block, from 1 on
 * @param {boolean} pool
 * @param {Flat} below
 * @param {number} nBelow
 * @param {number} sideBelow
 * @returns {Layer}
 */
function block(arrays, i, pool, below, nBelow, sideBelow) {
  const kernel = arrays[`kernel${i}`];
  const [n, , k] = kernel.shape;
  const sums = convolved(below, nBelow, sideBelow, kernel);
  const area = sideBelow * sideBelow;
  for (let c = 0; c < n; c++) {
    const scale = arrays[`scale${i}`].values[c];
    const offset = arrays[`offset${i}`].values[c];
    for (let j = c * area; j < (c + 1) * area; j++) sums[j] = scale * sums[j] + offset;
  }
  const side = pool ? sideBelow >> 1 : sideBelow;
  const maps = new Float32Array(n * side * side);
  const from = new Int32Array(maps.length);
  for (let j = 0; j < maps.length; j++) {
    from[j] = largest(sums, j, side, sideBelow, pool);
    maps[j] = Math.max(sums[from[j]], 0);
  }
  return { below, nBelow, sideBelow, sums, n, side, maps, from, kernel: k };
}

/**
 * @param {Flat} below
 * @param {number} nBelow
 * @param {number} side
 * @param {Numbers} kernel (out, in, k, k)
 */
function convolved(below, nBelow, side, { shape: [n, , k], values }) {
  const out = new Float32Array(n * side * side);
  const half = k >> 1;
  for (let c = 0; c < n; c++) {
    for (let b = 0; b < nBelow; b++) {
      for (let u = 0; u < k; u++) {
        for (let v = 0; v < k; v++) {
          const w = values[((c * nBelow + b) * k + u) * k + v];
          const [down, right] = [u - half, v - half];
          const rowEnd = Math.min(side, side - down);
          const columnEnd = Math.min(side, side - right);
          for (let row = Math.max(0, -down); row < rowEnd; row++) {
            const to = (c * side + row) * side;
            const at = (b * side + row + down) * side + right;
            for (let column = Math.max(0, -right); column < columnEnd; column++) {
              out[to + column] += w * below[at + column];
            }
          }
        }
      }
    }
  }
  return out;
}

/**
 * Where the number at `j` of the maps comes from: the largest of four, or itself.
 *
 * @param {Float32Array} sums
 * @param {number} j
 * @param {number} side
 * @param {number} sideBelow
 * @param {boolean} pool
 */
function largest(sums, j, side, sideBelow, pool) {
  if (!pool) return j;
  const c = Math.floor(j / (side * side));
  const [row, column] = [2 * (Math.floor(j / side) % side), 2 * (j % side)];
  const first = (c * sideBelow + row) * sideBelow + column;
  const four = [first, first + 1, first + sideBelow, first + sideBelow + 1];
  return four.reduce((best, at) => (sums[at] > sums[best] ? at : best));
}

/**
 * How the number at `j` of a block's maps came about.
 *
 * @param {Arrays} arrays
 * @param {Layer[]} layers
 * @param {number} i the block, from 1 on
 * @param {number} j
 * @returns {Sum}
 */
export function sumOf(arrays, layers, i, j) {
  const { below, nBelow, sideBelow, maps, from, kernel: k } = layers[i - 1];
  const at = from[j];
  const area = sideBelow * sideBelow;
  const c = Math.floor(at / area);
  const [row, column] = [Math.floor(at / sideBelow) % sideBelow, at % sideBelow];
  const { values } = arrays[`kernel${i}`];
  const half = k >> 1;
  const windows = Array.from({ length: nBelow }, (_, b) =>
    Array.from({ length: k * k }, (_, cell) => {
      const [y, x] = [row + Math.floor(cell / k) - half, column + (cell % k) - half];
      const inside = y >= 0 && x >= 0 && y < sideBelow && x < sideBelow;
      return inside ? below[b * area + y * sideBelow + x] : 0;
    }));
  const weights = windows.map((_, b) =>
    Array.from(values.slice((c * nBelow + b) * k * k, (c * nBelow + b + 1) * k * k)));
  const parts = windows.map((window, b) =>
    window.reduce((sum, x, cell) => sum + x * weights[b][cell], 0));
  const strongest = parts.reduce((best, part, b) =>
    (Math.abs(part) > Math.abs(parts[best]) ? b : best), 0);
  return {
    row, column, parts, strongest, window: windows[strongest], weights: weights[strongest],
    sum: parts.reduce((a, b) => a + b, 0), scale: arrays[`scale${i}`].values[c],
    offset: arrays[`offset${i}`].values[c], value: maps[j],
  };
}

/**
 * How much a score falls when a patch of the image is covered, by the patch's middle (Zeiler &
 * Fergus 2014).
 *
 * @param {Arrays} arrays
 * @param {boolean[]} pools
 * @param {Flat} image
 * @param {number} empty what a pixel without ink is
 * @param {number} of the class whose score it is
 * @returns {Float32Array} like the image
 */
export function covering(arrays, pools, image, empty, of) {
  const side = Math.sqrt(image.length);
  const whole = forward(arrays, pools, image).scores[of];
  const falls = new Float32Array(image.length);
  for (let at = 0; at < image.length; at++) {
    const [row, column] = [Math.floor(at / side), at % side];
    const covered = Float32Array.from(image, (ink, i) => {
      const near = Math.abs(Math.floor(i / side) - row) < 2 && Math.abs((i % side) - column) < 2;
      return near ? empty : ink;
    });
    falls[at] = whole - forward(arrays, pools, covered).scores[of];
  }
  return falls;
}

/**
 * How a score grows with each pixel: the way back through the layers.
 *
 * @param {Arrays} arrays
 * @param {Layer[]} layers what the net makes of the image
 * @param {number} of the class whose score it is
 * @returns {Float32Array} like the image
 */
export function gradient({ head, ...arrays }, layers, of) {
  const last = layers[layers.length - 1];
  const area = last.side * last.side;
  let above = Float32Array.from(last.maps, (_, j) =>
    head.values[of * last.n + Math.floor(j / area)] / area);
  for (let i = layers.length; i > 0; i--) {
    const { maps, from, sideBelow, n, nBelow } = layers[i - 1];
    const sums = new Float32Array(n * sideBelow * sideBelow);
    const { values } = arrays[`scale${i}`];
    above.forEach((slope, j) => {
      if (maps[j] > 0) sums[from[j]] = slope * values[Math.floor(from[j] / sideBelow ** 2)];
    });
    above = spread(sums, nBelow, sideBelow, arrays[`kernel${i}`]);
  }
  return above;
}

/**
 * The way back through a convolution: every number gives to the window that it was made of.
 *
 * @param {Float32Array} above channel by channel
 * @param {number} nBelow
 * @param {number} side
 * @param {Numbers} kernel (out, in, k, k)
 */
function spread(above, nBelow, side, { shape: [, , k], values }) {
  const below = new Float32Array(nBelow * side * side);
  const half = k >> 1;
  above.forEach((slope, j) => {
    if (!slope) return;
    const c = Math.floor(j / (side * side));
    const [row, column] = [Math.floor(j / side) % side, j % side];
    for (let b = 0; b < nBelow; b++) {
      for (let cell = 0; cell < k * k; cell++) {
        const [y, x] = [row + Math.floor(cell / k) - half, column + (cell % k) - half];
        if (y < 0 || x < 0 || y >= side || x >= side) continue;
        below[(b * side + y) * side + x] += slope * values[(c * nBelow + b) * k * k + cell];
      }
    }
  });
  return below;
}

/**
 * Spearman's rank correlation of two maps' amounts, whatever their signs.
 *
 * @param {Flat} a
 * @param {Flat} b
 */
export function alike(a, b) {
  const [x, y] = [ranks(a), ranks(b)];
  const middle = (x.length - 1) / 2;
  const dot = (/** @type {number[]} */ u, /** @type {number[]} */ v) =>
    u.reduce((sum, rank, i) => sum + (rank - middle) * (v[i] - middle), 0);
  return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
}

/** @param {Flat} values @returns {number[]} from 0; equal ones share the mean of their ranks */
function ranks(values) {
  const sizes = Array.from(values, Math.abs);
  const order = sizes.map((_, i) => i).sort((i, j) => sizes[i] - sizes[j]);
  /** @type {number[]} */
  const found = new Array(sizes.length);
  for (let from = 0, to = 0; from < order.length; from = to) {
    while (to < order.length && sizes[order[to]] === sizes[order[from]]) to++;
    for (let i = from; i < to; i++) found[order[i]] = (from + to - 1) / 2;
  }
  return found;
}

/** @param {number[]} scores logits @returns {number[]} probabilities */
export function softmax(scores) {
  const most = Math.max(...scores);
  const parts = scores.map((score) => Math.exp(score - most));
  const sum = parts.reduce((a, b) => a + b, 0);
  return parts.map((part) => part / sum);
}

// @ts-check
// Nets that look at a scene, run in the browser: those of core/concepts/vision_tasks (nets.py,
// segment.py, speak.py, heads.py, asking.py), once, from their weights. A batch norm is a part of
// its convolution.

import { embedded, gru, linear, plus, product, sigmoid, softmax } from "./layers.js";

/**
 * @import { Parameters } from "./layers.js"
 *
 * @typedef {{n: number, side: number, values: Float64Array}} Maps channel by channel
 * @typedef {"zeros" | "circular" | "reflect"} Padding
 * @typedef {{kind: "finder", padding: Padding, everywhere: boolean}} Finder
 * @typedef {{kind: "segmenter", skips: boolean, deep: boolean}} Segmenter
 * @typedef {{kind: "speaker", looks: boolean, atOnce: boolean, words: number, length: number}} Speaker
 * @typedef {{kind: "answering", questions: string[], words: number, length: number}} Answering
 * @typedef {{kind: "answerer", looks: boolean, sees: boolean, hears: boolean, relations: number}} Answerer
 * @typedef {Finder | Segmenter | Speaker | Answering | Answerer} Kind
 * @typedef {{shapes: Record<string, number[]>} & Kind} Net
 * @typedef {{chances?: number[], box?: number[], kinds?: number[], said?: number[],
 *   classes?: number[], boxes?: number[][], reply?: number}} Answer
 */

/**
 * What a net says of a scene.
 *
 * @param {Net} net
 * @param {Parameters} p
 * @param {ArrayLike<number>} image ink, row by row
 * @param {number[]} read the question, where the net is asked one
 * @returns {Answer}
 */
export function answer(net, p, image, read = []) {
  const side = Math.sqrt(image.length);
  const seen = { n: 1, side, values: Float64Array.from(image) };
  if (net.kind === "segmenter") return { kinds: kinds(net, p, seen) };
  const maps = trunk(net, p, seen, net.kind === "finder" ? net.padding : "zeros");
  if (net.kind === "answerer") return { reply: reply(net, p, maps, read) };
  if (net.kind === "finder") return found(net, p, maps, side);
  return net.kind === "speaker" ? { said: sentence(net, p, maps) } : answered(net, p, maps, side);
}

/**
 * An answer by every head.
 *
 * @param {Answering} net
 * @param {Parameters} p
 * @param {Maps} maps
 * @param {number} side of the scene
 */
function answered({ questions, words, length }, p, maps, side) {
  /** @type {Answer} */
  const answer = {};
  for (const question of questions) {
    if (question === "class") {
      answer.classes = halves(linear(p["class.weight"], maps.values, p["class.bias"]))
        .map((z) => z.indexOf(Math.max(...z)));
    } else if (question === "box") {
      const seen = maps.values.map((value) => value / maps.side);
      answer.boxes = halves(linear(p["box.weight"], seen, p["box.bias"]))
        .map((o) => placed(o, side));
    } else if (question === "pixels") {
      const { n, side: small, values } = convolved(layer(p, "up", enlarged(maps)),
        p["last.weight"], p["last.bias"], 1);
      answer.kinds = largest(smoothly({ n, side: small, values }));
    } else {
      answer.said = sentence({ kind: "speaker", looks: true, atOnce: false, words, length }, p, maps);
    }
  }
  return answer;
}

/**
 * The answer to a question: one-hot, a relation and a shape.
 *
 * @param {Answerer} net
 * @param {Parameters} p
 * @param {Maps} maps
 * @param {number[]} read
 */
function reply({ looks, sees, hears, relations }, p, maps, read) {
  const made = (/** @type {string} */ name, /** @type {Iterable<number>} */ x) =>
    linear(p[`${name}.weight`], Float64Array.from(x), p[`${name}.bias`]);
  let state;
  if (looks) {
    const keys = keysOf(p, maps);
    const first = looked(keys, made("find", read.slice(relations)));
    const second = looked(keys, made("next", [...first, ...read]));
    state = made("both", [...first, ...second, ...read]).map((value) => Math.max(value, 0));
  } else {
    const parts = [...(hears ? [made("hear", read)] : []), ...(sees ? [made("see", maps.values)] : [])];
    state = parts.map((part) => part.map(Math.tanh)).reduce((a, b) => a.map((v, i) => v * b[i]));
  }
  const z = made("answer", state);
  return z.indexOf(Math.max(...z));
}

/** Of the first shape, and of the second one. @param {Float64Array} z */
const halves = (z) => [z.slice(0, z.length / 2), z.slice(z.length / 2)];

/**
 * A number along a side, as far beyond its ends as a kernel reaches; -1 is nowhere.
 *
 * @type {Record<Padding, (i: number, side: number) => number>}
 */
const BEYOND = {
  zeros: (i, side) => (i >= 0 && i < side ? i : -1),
  circular: (i, side) => (i + side) % side,
  reflect: (i, side) => (i < 0 ? -i : i >= side ? 2 * side - 2 - i : i),
};

/**
 * A convolution that keeps the size.
 *
 * @param {Maps} maps
 * @param {Float64Array} weight
 * @param {Float64Array} bias
 * @param {number} kernel its side
 * @param {Padding} [padding]
 * @returns {Maps}
 */
export function convolved({ n: nIn, side, values }, weight, bias, kernel, padding = "zeros") {
  const [n, half, wide] = [bias.length, kernel >> 1, side + kernel - 1];
  const around = new Float64Array(nIn * wide * wide); // the maps with what stands around them
  const from = Array.from({ length: wide }, (_, i) => BEYOND[padding](i - half, side));
  for (let c = 0, to = 0; c < nIn; c++) {
    for (const y of from) {
      for (const x of from) {
        around[to++] = x < 0 || y < 0 ? 0 : values[(c * side + y) * side + x];
      }
    }
  }
  const out = new Float64Array(n * side * side);
  for (let c = 0; c < n; c++) {
    out.fill(bias[c], c * side * side, (c + 1) * side * side);
    for (let b = 0; b < nIn; b++) {
      for (let u = 0; u < kernel; u++) {
        for (let v = 0; v < kernel; v++) {
          const w = weight[((c * nIn + b) * kernel + u) * kernel + v];
          for (let y = 0; y < side; y++) {
            const [to, at] = [(c * side + y) * side, (b * wide + y + u) * wide + v];
            for (let x = 0; x < side; x++) out[to + x] += w * around[at + x];
          }
        }
      }
    }
  }
  return { n, side, values: out };
}

/**
 * The largest of every four.
 *
 * @param {Maps} maps
 * @returns {Maps}
 */
function pooled({ n, side, values }) {
  const half = side >> 1;
  const out = new Float64Array(n * half * half);
  for (let i = 0; i < out.length; i++) {
    const [c, y, x] = [Math.floor(i / half / half), Math.floor(i / half) % half, i % half];
    const at = (c * side + 2 * y) * side + 2 * x;
    out[i] = Math.max(values[at], values[at + 1], values[at + side], values[at + side + 1]);
  }
  return { n, side: half, values: out };
}

/**
 * Each place four times.
 *
 * @param {Maps} maps
 * @returns {Maps}
 */
function enlarged({ n, side, values }) {
  const twice = 2 * side;
  const out = Float64Array.from({ length: n * twice * twice }, (_, i) => {
    const [c, y, x] = [Math.floor(i / twice / twice), Math.floor(i / twice) % twice, i % twice];
    return values[(c * side + (y >> 1)) * side + (x >> 1)];
  });
  return { n, side: twice, values: out };
}

/**
 * Twice the size, and in between what is near counts more, as torch's "bilinear" has it.
 *
 * @param {Maps} maps
 * @returns {Maps}
 */
function smoothly({ n, side, values }) {
  const twice = 2 * side;
  const from = Array.from({ length: twice }, (_, i) => {
    const at = Math.max((i - 0.5) / 2, 0);
    const low = Math.floor(at);
    return { low, high: Math.min(low + 1, side - 1), share: at - low };
  });
  const out = Float64Array.from({ length: n * twice * twice }, (_, i) => {
    const c = Math.floor(i / twice / twice);
    const [y, x] = [from[Math.floor(i / twice) % twice], from[i % twice]];
    const row = (/** @type {number} */ r) => (1 - x.share) * values[(c * side + r) * side + x.low] +
      x.share * values[(c * side + r) * side + x.high];
    return (1 - y.share) * row(y.low) + y.share * row(y.high);
  });
  return { n, side: twice, values: out };
}

/**
 * A convolution of 3 x 3, and ReLU.
 *
 * @param {Parameters} p
 * @param {string} name
 * @param {Maps} maps
 * @param {Padding} [padding]
 */
function layer(p, name, maps, padding) {
  const made = convolved(maps, p[`${name}.weight`], p[`${name}.bias`], 3, padding);
  made.values.forEach((value, i) => (made.values[i] = Math.max(value, 0)));
  return made;
}

/**
 * @param {Net} net
 * @param {Parameters} p
 * @param {Maps} scene
 * @param {Padding} padding
 */
function trunk(net, p, scene, padding) {
  const names = Object.keys(net.shapes).filter((name) => /^trunk\d\.weight$/.test(name));
  return names.reduce((maps, name, i) => {
    const made = layer(p, name.replace(".weight", ""), maps, padding);
    return i < names.length - 1 ? pooled(made) : made;
  }, scene);
}

/** @param {Maps} maps the mean of each */
function means({ n, side, values }) {
  const area = side * side;
  return Float64Array.from({ length: n }, (_, c) =>
    values.subarray(c * area, (c + 1) * area).reduce((a, b) => a + b, 0) / area);
}

/**
 * The chances of the classes, and a box: left, top, right and bottom.
 *
 * @param {Finder} net
 * @param {Parameters} p
 * @param {Maps} maps
 * @param {number} side of the scene
 */
function found({ everywhere }, p, maps, side) {
  const mean = means(maps);
  const chances = softmax(Array.from(linear(p["class.weight"], mean, p["class.bias"])));
  const seen = everywhere ? maps.values.map((value) => value / maps.side) : mean;
  return { chances, box: placed(linear(p["box.weight"], seen, p["box.bias"]), side) };
}

/**
 * Four numbers as a box, as `placed` in boxes.py.
 *
 * @param {Float64Array} o
 * @param {number} side of the scene
 */
function placed(o, side) {
  const [x, y] = [o[0], o[1]].map((at) => side / 2 * (1 + at));
  const [w, h] = [o[2], o[3]].map((at) => side / 2 * sigmoid(at - 0.5));
  return [x - w, y - h, x + w, y + h];
}

/**
 * What each pixel is taken for.
 *
 * @param {Segmenter & {shapes: Record<string, number[]>}} net
 * @param {Parameters} p
 * @param {Maps} scene
 */
function kinds({ shapes, skips, deep }, p, scene) {
  const named = (/** @type {string} */ way) =>
    Object.keys(shapes).filter((name) => name.startsWith(way) && name.endsWith(".weight"))
      .map((name) => name.replace(".weight", ""));
  /** @type {Maps[]} */
  const kept = [];
  let maps = scene;
  for (const name of named("down")) {
    maps = layer(p, name, kept.length && !deep ? pooled(maps) : maps);
    kept.push(maps);
  }
  for (const name of named("up")) {
    const [large, seen] = [enlarged(maps), kept[Number(name.slice(2)) - 1]];
    maps = layer(p, name, skips ? { n: large.n + seen.n, side: large.side,
      values: Float64Array.from([...large.values, ...seen.values]) } : large);
  }
  return largest(convolved(maps, p["last.weight"], p["last.bias"], shapes["last.weight"][2]));
}

/** Which map is the largest, place by place. @param {Maps} maps */
function largest({ n, side, values }) {
  return Array.from({ length: side * side }, (_, at) => {
    let best = 0;
    for (let c = 1; c < n; c++) {
      if (values[c * side * side + at] > values[best * side * side + at]) best = c;
    }
    return best;
  });
}

/**
 * The likeliest word, one after the other.
 *
 * @param {Speaker} net
 * @param {Parameters} p
 * @param {Maps} maps
 */
function sentence({ looks, atOnce, words, length }, p, maps) {
  const likeliest = (/** @type {Float64Array} */ z) => z.indexOf(Math.max(...z));
  if (atOnce) {
    const z = linear(p["say.weight"], maps.values, p["say.bias"]);
    return Array.from({ length }, (_, i) => likeliest(z.subarray(i * words, (i + 1) * words)));
  }
  const keys = looks ? keysOf(p, maps) : [];
  let h = linear(p["begin.weight"], looks ? means(maps) : maps.values, p["begin.bias"])
    .map(Math.tanh);
  const said = [];
  for (let last = words; said.length < length;) {
    let read = embedded(p.word, last, words + 1);
    const context = looks ? looked(keys, linear(p["look.weight"], h, p["look.bias"])) : new Float64Array(0);
    read = Float64Array.from([...read, ...context]);
    h = gru(linear(p["read.weight"], read, p["read.bias"]), h, p["state.weight"],
      p["state.bias"]);
    const z = linear(p["say.weight"], Float64Array.from([...h, ...context]), p["say.bias"]);
    said.push(last = likeliest(z));
  }
  return said;
}

/**
 * What is at each place of the maps, with the place's own code.
 *
 * @param {Parameters} p
 * @param {Maps} maps
 */
function keysOf(p, { n, side, values }) {
  const area = side * side;
  return Array.from({ length: area }, (_, at) =>
    Float64Array.from({ length: n }, (_, c) => values[c * area + at] + p.place[at * n + c]));
}

/**
 * What is seen at the places that are like what is asked for.
 *
 * @param {Float64Array[]} keys of each place
 * @param {Float64Array} asked
 */
function looked(keys, asked) {
  const look = softmax(keys.map((key) => product(key, asked) / Math.sqrt(key.length)));
  return keys.map((key, i) => key.map((value) => value * look[i])).reduce(plus);
}

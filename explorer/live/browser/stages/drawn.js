// @ts-check
// A scene that somebody puts together, drawn as core/concepts/vision_tasks/scenes.py draws its own,
// and what is true of it.

import { randoms } from "./grammar.js";

/**
 * @typedef {{shape: number, big: boolean, x: number, y: number}} Shape its centre in pixels
 * @typedef {{side: number, paths: number[][][][], pen: number, thick: number, noise: number,
 *   sizes: [number, number], ink: number}} Drawing `paths`: of each class, in a square from -1 to
 *   1; `sizes`: half of small and of big ones, in pixels
 * @typedef {{image: Float64Array, pixels: number[], boxes: number[][]}} Drawn
 */

/**
 * @param {Drawing} how
 * @param {Shape[]} shapes
 * @returns {Drawn} ink with noise; what each pixel belongs to, 0 or a class from 1 on; and the
 *   tightest box around each shape
 */
export function drawn(how, shapes) {
  const n = how.side * how.side;
  const image = new Float64Array(n);
  const pixels = new Array(n).fill(0);
  const boxes = shapes.map((shape) => {
    const box = [how.side, how.side, 0, 0];
    for (let i = 0; i < n; i++) {
      const [x, y] = [i % how.side, Math.floor(i / how.side)];
      const { distance, inside } = at(how, shape, x, y);
      const ink = Math.min(Math.max(1.25 - distance / how.pen, 0), 1);
      image[i] = Math.max(image[i], how.ink * ink);
      if (!inside && distance >= how.thick) continue;
      pixels[i] = shape.shape + 1;
      [x, y, x + 1, y + 1].forEach((edge, k) => {
        box[k] = k < 2 ? Math.min(box[k], edge) : Math.max(box[k], edge);
      });
    }
    return box;
  });
  noise(n).forEach((value, i) => (image[i] += how.noise * value));
  return { image, pixels, boxes };
}

/**
 * How far a point is from a shape's lines, in pixels, and whether it is inside.
 *
 * @param {Drawing} how
 * @param {Shape} shape
 * @param {number} x
 * @param {number} y
 */
function at({ paths, sizes }, shape, x, y) {
  const size = sizes[Number(shape.big)];
  const [u, v] = [(x - shape.x) / size, (y - shape.y) / size];
  const own = paths[shape.shape];
  const lines = own.flatMap((path) => path.slice(1).map((end, i) => [...path[i], ...end]));
  const nearest = Math.min(...lines.map(([x0, y0, x1, y1]) => {
    const [dx, dy] = [x1 - x0, y1 - y0];
    const along = Math.min(Math.max(((u - x0) * dx + (v - y0) * dy) / (dx * dx + dy * dy), 0), 1);
    return Math.hypot(u - x0 - along * dx, v - y0 - along * dy);
  }));
  const inside = own.length === 1 && lines.every(([x0, y0, x1, y1]) =>
    (x1 - x0) * (v - y0) >= (y1 - y0) * (u - x0));
  return { distance: nearest * size, inside };
}

/**
 * Standard normal numbers, the same ones every time (Box and Muller 1958).
 *
 * @param {number} n
 */
function noise(n) {
  const uniform = randoms(0, 2 * n);
  return Array.from({ length: n }, (_, i) => Math.sqrt(-2 * Math.log(1 - uniform[2 * i])) *
    Math.cos(2 * Math.PI * uniform[2 * i + 1]));
}

/**
 * So far may a shape's centre be from the middle, to stay inside.
 *
 * @param {Drawing} how
 * @param {boolean} big
 */
const room = ({ side, sizes }, big) => (side - 1) / 2 - sizes[Number(big)] - 0.5;

/**
 * The shape where all of it is inside the scene.
 *
 * @param {Drawing} how
 * @param {Shape} shape
 * @returns {Shape}
 */
export function within(how, shape) {
  const [middle, free] = [(how.side - 1) / 2, room(how, shape.big)];
  const [x, y] = [shape.x, shape.y].map((to) =>
    Math.min(Math.max(to, middle - free), middle + free));
  return { ...shape, x, y };
}

/**
 * A scene of n shapes that do not touch, and of two one is clearly beside the other.
 *
 * @param {Drawing} how
 * @param {number} n
 * @param {number} seed
 * @returns {Shape[]}
 */
export function scene(how, n, seed) {
  const uniform = randoms(seed, 400);
  const next = () => uniform.pop() ?? 0.5;
  const kinds = Array.from({ length: n }, () =>
    ({ shape: Math.floor(next() * how.paths.length), big: next() < 0.5 }));
  for (;;) {
    const shapes = kinds.map((kind) => {
      const [middle, free] = [(how.side - 1) / 2, room(how, kind.big)];
      return { ...kind, x: middle + free * (2 * next() - 1), y: middle + free * (2 * next() - 1) };
    });
    const [a, b] = shapes;
    if (!b || !uniform.length) return shapes;
    const [across, down] = [Math.abs(a.x - b.x), Math.abs(a.y - b.y)];
    const apart = how.sizes[Number(a.big)] + how.sizes[Number(b.big)] + 1.5;
    if (Math.hypot(across, down) > apart && Math.abs(across - down) >= 3) return shapes;
  }
}

/**
 * Both true sentences of two shapes, as core/concepts/vision_tasks/sentences.py has them.
 *
 * @param {Shape[]} shapes
 * @param {number} nClasses
 */
export function truths(shapes, nClasses) {
  const [a, b] = shapes;
  if (shapes.length !== 2) return [];
  const down = Math.abs(a.y - b.y) > Math.abs(a.x - b.x);
  const order = (down ? a.y < b.y : a.x < b.x) ? [a, b] : [b, a];
  const named = (/** @type {Shape} */ { big, shape }) => [Number(big), 2 + shape];
  const relation = 2 + nClasses + Number(down);
  const [first, second] = order.map(named);
  return [[...first, relation, ...second], [...second, relation + 2, ...first]];
}

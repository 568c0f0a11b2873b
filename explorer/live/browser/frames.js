// @ts-check
// The stream of a run: bytes in, messages out. core/frames.py says how they are laid out.

/**
 * @typedef {Float32Array | Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array} Typed
 * @typedef {{shape: number[], values: Typed | number[]}} Numbers an array in C order
 * @typedef {Record<string, Numbers>} Arrays by name
 * @typedef {[key: string, values?: Record<string, unknown>]} Said put into words by `phrase`
 *
 * @typedef {object} Header of any message; which of them it has depends on its type
 * @property {string} type "start", "frame", "end" or "queue"
 * @property {Record<string, string[]>} [dims] start: by array, "step" first where it changes
 * @property {Record<string, unknown[]>} [coords] start: by dimension its labels
 * @property {number} [n_frames] start: how many frames there are if nothing stops it
 * @property {number | null} [last_step] start: the number of the last of them
 * @property {number} [step] frame: updates made so far
 * @property {Said[]} [notes] frame: what just happened
 * @property {{name: string, dtype: string, shape: number[], offset: number}[]} [arrays] frame
 * @property {string} [state] end: "finished", "failed" or "stopped"
 * @property {Said | null} [error] end: why it failed
 * @property {number} [place] queue: from 1 on
 */

const PREFIX_BYTES = 8; // the lengths of header and body, four bytes each

/** @type {Record<string, (body: ArrayBuffer, offset: number, size: number) => Typed>} */
const READ = {
  "<f4": (body, offset, size) => new Float32Array(body, offset, size),
  "<f2": (body, offset, size) => Float32Array.from(new Uint16Array(body, offset, size), half),
  "|i1": (body, offset, size) => new Int8Array(body, offset, size),
  "|u1": (body, offset, size) => new Uint8Array(body, offset, size),
  "|b1": (body, offset, size) => new Uint8Array(body, offset, size),
  "<i2": (body, offset, size) => new Int16Array(body, offset, size),
  "<u2": (body, offset, size) => new Uint16Array(body, offset, size),
  "<i4": (body, offset, size) => new Int32Array(body, offset, size),
};

/** Cuts the stream into messages. The buffer doubles, so the work is linear in what arrives. */
export class Parser {
  bytes = new Uint8Array(1 << 16);
  from = 0; // what was read
  to = 0; // what has arrived

  /**
   * @param {Uint8Array} chunk
   * @param {(header: Header, body: ArrayBuffer) => void} onMessage
   */
  push(chunk, onMessage) {
    this.append(chunk);
    while (this.to - this.from >= PREFIX_BYTES) {
      const prefix = new DataView(this.bytes.buffer, this.from, PREFIX_BYTES);
      const body = this.from + PREFIX_BYTES + prefix.getUint32(0, true);
      const end = body + prefix.getUint32(4, true);
      if (this.to < end) return;
      const text = new TextDecoder().decode(this.bytes.subarray(this.from + PREFIX_BYTES, body));
      this.from = end;
      onMessage(JSON.parse(text), this.bytes.slice(body, end).buffer); // a copy is aligned
    }
  }

  /** @param {Uint8Array} chunk */
  append(chunk) {
    if (this.to + chunk.length > this.bytes.length) {
      const rest = this.bytes.subarray(this.from, this.to);
      const size = Math.max(this.bytes.length, 2 * (rest.length + chunk.length));
      this.bytes = new Uint8Array(size);
      this.bytes.set(rest);
      this.from = 0;
      this.to = rest.length;
    }
    this.bytes.set(chunk, this.to);
    this.to += chunk.length;
  }
}

/**
 * The arrays of a frame, by name.
 *
 * @param {Header} header
 * @param {ArrayBuffer} body
 */
export function unpack(header, body) {
  /** @type {Arrays} */
  const arrays = {};
  for (const { name, dtype, shape, offset } of header.arrays ?? []) {
    const size = shape.reduce((a, b) => a * b, 1);
    arrays[name] = { shape, values: READ[dtype](body, offset, size) };
  }
  return arrays;
}

/**
 * The number that 16 bits mean, IEEE 754: one for the sign, five for the exponent, ten for the
 * fraction.
 *
 * @param {number} bits
 */
export function half(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  if (exponent === 0) return sign * 2 ** -24 * fraction;
  return sign * 2 ** (exponent - 25) * (1024 + fraction);
}

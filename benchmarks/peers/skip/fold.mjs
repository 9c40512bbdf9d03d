// SPDX-License-Identifier: MIT
// The fold of benchmarks/engine/fold.hpp: the state of an output is the sum of the hashes of its rows.
const wrap = (word) => BigInt.asUintN(64, word);

function mix(word) {
  word = wrap((word ^ (word >> 30n)) * 0xbf58476d1ce4e5b9n);
  word = wrap((word ^ (word >> 27n)) * 0x94d049bb133111ebn);
  return word ^ (word >> 31n);
}

export function rowHash(key, value) {
  const left = wrap(wrap(BigInt(key)) * 0x9e3779b97f4a7c15n);
  const right = wrap((wrap(BigInt(value)) + 0x632be59bd9b4e019n) * 0xd6e8feb86659fd93n);
  return mix(wrap(left) ^ right);
}

export const packed = (high, low) => (BigInt(high) << 32n) | BigInt(low);
export const tagged = (output, key) => (BigInt(output) << 56n) | BigInt(key);

/** Folds what a subscriber is told: the values that a key has from now on. */
export class Fold {
  state = 0n;
  checksum = 0n;
  deltas = 0;
  #told = new Map();

  update(output, key, values, hash) {
    const name = output + ":" + JSON.stringify(key);
    let sum = 0n;
    for (const value of values) sum += hash(key, value);
    this.state = wrap(this.state - (this.#told.get(name) ?? 0n) + sum);
    values.length === 0 ? this.#told.delete(name) : this.#told.set(name, sum);
    this.deltas += values.length;
  }
  endFlush() {
    this.checksum = mix(wrap(this.checksum + this.state));
  }
}

// SPDX-License-Identifier: MIT
// Random numbers from a seed that is printed, so that a failure can be repeated: FRESHET_SEED=n.

/** mulberry32 */
export function randomFrom(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (count) => Math.floor(next() * count);
  return { next, below, pick: (list) => list[below(list.length)] };
}

export function seeded() {
  const seed = Number(process.env.FRESHET_SEED ?? Math.floor(Math.random() * 2 ** 32));
  console.log(`seed ${seed}`);
  return randomFrom(seed);
}

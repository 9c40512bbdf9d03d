// SPDX-License-Identifier: MIT

/**
 * Functions to call. One that throws disturbs neither the others nor the caller; what it threw goes where uncaught errors go.
 * @template {any[]} Arguments
 */
export class Listeners {
  /** @type {Set<{call: (...values: Arguments) => void}>} */
  #listeners = new Set();

  /** @param {(...values: Arguments) => void} call @returns {() => void} how to stop */
  add(call) {
    const listener = { call };
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** @param {Arguments} values */
  call(...values) {
    for (const listener of [...this.#listeners]) {
      if (!this.#listeners.has(listener)) continue; // another has just removed it
      try {
        listener.call(...values);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}

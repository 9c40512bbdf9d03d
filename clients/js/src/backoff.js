// SPDX-License-Identifier: MIT

const kAskedMsMax = 300_000;

/**
 * How long to wait before the next try.
 *
 * Drawn evenly between 0 and a span that doubles with each failure, so that a thousand clients do not come back in the
 * same instant; what the service asked for comes before that. A connection that lasted makes it begin anew.
 */
export class Backoff {
  #firstMs;
  #maxMs;
  #stableMs;
  #random;
  #failures = 0;
  #askedMs = 0;
  /** @type {number | null} */
  #liveSince = null;

  /** @param {{firstMs?: number, maxMs?: number, stableMs?: number}} [options] @param {() => number} [random] */
  constructor({ firstMs = 500, maxMs = 30_000, stableMs = 10_000 } = {}, random = Math.random) {
    this.#firstMs = firstMs;
    this.#maxMs = maxMs;
    this.#stableMs = stableMs;
    this.#random = random;
  }

  /** The service said so, by `retry:` or Retry-After; holds until a connection is live again. @param {number} delayMs */
  ask(delayMs) {
    this.#askedMs = Math.min(delayMs, kAskedMsMax);
  }

  /** @param {number} now milliseconds that only go forward */
  live(now) {
    this.#liveSince = now;
    this.#askedMs = 0;
  }

  /** The delay after a connection that was lost, or that never was. @param {number} now */
  next(now) {
    if (this.#liveSince !== null && now - this.#liveSince >= this.#stableMs) this.#failures = 0;
    this.#liveSince = null;
    const span = Math.min(this.#maxMs, this.#firstMs * 2 ** Math.min(this.#failures, 30));
    this.#failures += 1;
    return this.#askedMs + this.#random() * span;
  }

  reset() {
    this.#failures = 0;
    this.#askedMs = 0;
  }
}

// SPDX-License-Identifier: MIT

const kFailuresMax = 3;

/**
 * Which transport to use: the first that works. One that never brought anything makes room for the next at once; one that
 * did must fail some times in a row.
 *
 * @import {Transport} from './transports/transport.js'
 */
export class TransportChoice {
  #transports;
  #at = 0;
  #hasWorked = false;
  #failures = 0;

  /** @param {Transport[]} transports */
  constructor(transports) {
    this.#transports = transports;
  }

  get current() {
    return this.#transports[this.#at];
  }

  /** @param {Transport} transport */
  worked(transport) {
    if (transport !== this.current) return;
    this.#hasWorked = true;
    this.#failures = 0;
  }

  /** @param {Transport} transport */
  failed(transport) {
    if (transport !== this.current) return; // another collection has moved on already
    if (this.#hasWorked && ++this.#failures < kFailuresMax) return;
    this.#hasWorked = false;
    this.#failures = 0;
    this.#at = (this.#at + 1) % this.#transports.length;
  }
}

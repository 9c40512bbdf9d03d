// SPDX-License-Identifier: MIT
import { HttpTransport } from './http_transport.js';
import { unsupported } from './transport.js';

const kUnasked = 'the service does not speak this transport';
// A service that answers with nothing at once is not to be asked again at once.
const kEmptyMsMin = 500;
// A request that is held back for so long was understood: the service is there, and has no news.
const kHeldMs = 1000;

/**
 * Long polling: each request is answered when something has happened. For networks that hold back everything else.
 * @implements {Transport}
 * @import {Reading, Transport} from './transport.js'
 */
export class PollTransport extends HttpTransport {
  name = /** @type {const} */ ('poll');

  /** @param {Reading} reading */
  async read(reading) {
    let since = reading.since;
    while (!reading.signal.aborted) {
      const asked = performance.now();
      const held = since === '' ? undefined : setTimeout(() => reading.onConnected(reading.instance), kHeldMs);
      const { id, events } = await this.#ask(reading, since).finally(() => clearTimeout(held));
      if (reading.signal.aborted) return;
      reading.onConnected(reading.instance);
      reading.onAlive();
      for (const event of events) {
        if (reading.signal.aborted) return;
        reading.onEvent({ event: event.event, id: event.id ?? '', data: event.data });
        if (event.event === 'close') return;
      }
      if (id) since = id;
      if (events.length === 0 && performance.now() - asked < kEmptyMsMin) await sleep(kEmptyMsMin);
    }
  }

  /**
   * @param {Reading} reading @param {string} since
   * @returns {Promise<{id: string, events: {event: string, id?: string, data: any}[]}>}
   */
  async #ask(reading, since) {
    const query = `?poll=1${since ? `&since=${encodeURIComponent(since)}` : ''}`;
    const { json, response } = await this.http
      .json('GET', `v1/streams/${encodeURIComponent(reading.instance)}${query}`, {
        headers: { Accept: 'application/json' }, signal: reading.signal, timeoutMs: this.silenceMs,
      })
      .catch((error) => {
        throw error.status === 406 ? unsupported(kUnasked, error.message) : error;
      });
    if (Array.isArray(json?.events)) return json;
    throw unsupported(kUnasked, `the answer is of the type ${response.headers.get('Content-Type')}`);
  }
}

/** @param {number} ms */
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

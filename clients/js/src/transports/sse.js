// SPDX-License-Identifier: MIT
import { readBody } from '../http.js';
import { SseParser } from '../sse_parser.js';
import { HttpTransport } from './http_transport.js';
import { parseEvent } from './transport.js';

/**
 * Server-sent events, read from a fetch: unlike an EventSource it can send a token, and sees why it was refused.
 * @implements {Transport}
 * @import {Reading, Transport} from './transport.js'
 */
export class SseTransport extends HttpTransport {
  name = /** @type {const} */ ('sse');

  /** @param {Reading} reading */
  async read(reading) {
    /** @type {Record<string, string>} */
    const headers = reading.since ? { 'Last-Event-ID': reading.since } : {};
    const response = await this.get(reading, 'text/event-stream', { headers });
    reading.onConnected(reading.instance);
    const parser = new SseParser(
      {
        onEvent: ({ event, id, data }) => {
          if (reading.signal.aborted) return;
          reading.onEvent({ event, id, data: parseEvent(this.parse, data) });
        },
        onRetry: reading.onRetry,
      },
      this.eventLengthMax,
    );
    await readBody(response, reading.signal, (bytes) => {
      reading.onAlive();
      parser.push(bytes);
    });
  }
}

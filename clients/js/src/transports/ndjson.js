// SPDX-License-Identifier: MIT
import { readBody } from '../http.js';
import { LineSplitter } from '../sse_parser.js';
import { HttpTransport } from './http_transport.js';
import { parseEvent } from './transport.js';

/**
 * One JSON object a line.
 * @implements {Transport}
 * @import {Reading, Transport} from './transport.js'
 */
export class NdjsonTransport extends HttpTransport {
  name = /** @type {const} */ ('ndjson');

  /** @param {Reading} reading */
  async read(reading) {
    const query = reading.since ? `?since=${encodeURIComponent(reading.since)}` : '';
    const response = await this.get(reading, 'application/x-ndjson', { query });
    reading.onConnected(reading.instance);
    const decoder = new TextDecoder();
    const lines = new LineSplitter((line) => {
      if (line === '' || reading.signal.aborted) return;
      const { event, id = '', data } = parseEvent(this.parse, line) ?? {};
      reading.onEvent({ event, id, data });
    }, this.eventLengthMax);
    await readBody(response, reading.signal, (bytes) => {
      reading.onAlive();
      lines.push(decoder.decode(bytes, { stream: true }));
    });
  }
}

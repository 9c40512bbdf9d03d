// SPDX-License-Identifier: MIT
import { FreshetError } from '../error.js';
import { unsupported } from './transport.js';

/**
 * What all transports have in common: POST opens, DELETE gives back.
 * @abstract
 * @import {Http} from '../http.js'
 * @import {Reading} from './transport.js'
 */
export class HttpTransport {
  /** @param {{http: Http, parse: (text: string) => any, eventLengthMax: number, silenceMs: number}} context */
  constructor({ http, parse, eventLengthMax, silenceMs }) {
    this.http = http;
    this.parse = parse;
    this.eventLengthMax = eventLengthMax;
    this.silenceMs = silenceMs;
  }

  /** @param {string} resource @param {unknown} params */
  async open(resource, params) {
    const { json } = await this.http.json('POST', `v1/streams/${encodeURIComponent(resource)}`, { body: params ?? {} });
    if (typeof json?.instance_id === 'string') return json.instance_id;
    throw new FreshetError({ code: 'unreadable', primary: 'the service opened nothing', detail: 'there is no instance_id' });
  }

  /** @param {string} instance @param {{keepalive: boolean}} options */
  async giveBack(instance, { keepalive }) {
    // Best effort: if it does not arrive, the instance ends by itself after the idle time.
    await this.http.send('DELETE', path(instance), { keepalive }).catch(() => {});
  }

  /**
   * The answer to a GET of the instance, which has to be of this type.
   * @param {Reading} reading @param {string} type @param {{query?: string, headers?: Record<string, string>}} [more]
   */
  async get(reading, type, { query = '', headers = {} } = {}) {
    const response = await this.http
      .send('GET', path(reading.instance) + query, { headers: { Accept: type, ...headers }, signal: reading.signal })
      .catch((error) => {
        throw error.status === 406 ? unsupported('the service does not speak this transport', error.message) : error;
      });
    const got = (response.headers.get('Content-Type') ?? '').split(';')[0].trim().toLowerCase();
    if (got === type) return response;
    await response.body?.cancel().catch(() => {});
    throw unsupported('the answer is not a stream', `its type is ${got || 'not said'}, not ${type}`);
  }
}

/** @param {string} instance */
function path(instance) {
  return `v1/streams/${encodeURIComponent(instance)}`;
}

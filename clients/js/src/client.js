// SPDX-License-Identifier: MIT
import { LiveCollection } from './collection.js';
import { FreshetError, asFreshetError } from './error.js';
import { Http } from './http.js';
import { parseExact, stringifyExact } from './json.js';
import { watchPage } from './page.js';
import { SnapshotRows } from './rows.js';
import { TransportChoice } from './transport_choice.js';
import { NdjsonTransport } from './transports/ndjson.js';
import { PollTransport } from './transports/poll.js';
import { SseTransport } from './transports/sse.js';
import { WebSocketTransport } from './transports/websocket.js';

/** @import {Description, FreshetOptions, Snapshot, TransportName, WriteOptions} from '../types/index.js' */

/**
 * A Freshet service, from a client's side: opens collections, reads, writes.
 *
 * Nothing is sent before it is asked for something.
 */
export class Freshet {
  #http;
  #context;
  /** @type {Set<LiveCollection>} */
  #open = new Set();
  /** @type {WebSocketTransport | null} */
  #socket = null;
  #leavePage;
  #watching = { count: 0, stop: () => {} };
  baseUrl;

  /** @param {string | URL} baseUrl @param {FreshetOptions} [options] */
  constructor(baseUrl, options = {}) {
    const base = baseOf(baseUrl);
    const { silenceMs = 45_000, firstEventMs = 15_000, requestTimeoutMs = 30_000, eventLengthMax = 64 * 1024 * 1024 } = options;
    const fetch = options.fetch ?? globalThis.fetch;
    if (typeof fetch !== 'function') throw new TypeError('there is no fetch here: give one as an option');
    const parse = options.bigints === false ? JSON.parse : parseExact;
    this.baseUrl = base.href;
    this.#http = new Http(base, {
      fetch: (...call) => fetch(...call), token: options.token, timeoutMs: requestTimeoutMs, parse, stringify: stringifyExact,
    });
    const context = { http: this.#http, parse, eventLengthMax, silenceMs };
    const makers = {
      sse: () => new SseTransport(context),
      ndjson: () => new NdjsonTransport(context),
      poll: () => new PollTransport(context),
      websocket: () => (this.#socket ??= this.#makeSocket(options, context, requestTimeoutMs)),
    };
    const choice = new TransportChoice(namesOf(options).map((name) => makers[name]()));
    this.#context = {
      choice, silenceMs, firstEventMs, backoff: options.backoff, hasRenewableToken: this.#http.hasRenewableToken,
      readInstance: (/** @type {string} */ instance) => this.#readInstance(instance),
      onClosed: (/** @type {LiveCollection} */ collection) => this.#forget(collection),
    };
    this.#leavePage = () => watchPage(
      {
        onOnline: () => this.#open.forEach((each) => each.hurry()),
        onAway: (reason, away) => this.#open.forEach((each) => each.pause(reason, away)),
        onBack: () => this.#open.forEach((each) => each.resume()),
      },
      options.pauseHiddenAfterMs,
    );
  }

  /** @param {string} resource @param {unknown} [params] */
  open(resource, params = {}) {
    // The page is watched while there is something to keep, so that a client that is dropped can be collected.
    if (this.#watching.count++ === 0) this.#watching.stop = this.#leavePage();
    const collection = new LiveCollection(resource, params, this.#context);
    this.#open.add(collection);
    return collection;
  }

  /** @param {string} resource @param {unknown} [params] @returns {Promise<Snapshot>} */
  async snapshot(resource, params = {}) {
    const { json, response } = await this.#http.json('POST', `v1/snapshot/${encodeURIComponent(resource)}`, { body: params });
    return snapshotOf(json, response);
  }

  /** @param {string} resource @param {any} key @param {unknown} [params] @returns {Promise<any[]>} */
  async lookup(resource, key, params = {}) {
    const path = `v1/snapshot/${encodeURIComponent(resource)}/lookup`;
    const { json } = await this.#http.json('POST', path, { body: { key, params } });
    return json[0]?.[1] ?? [];
  }

  /** @param {Record<string, any>} inputs @param {WriteOptions} [options] @returns {Promise<number>} */
  async write(inputs, { visible = [], timeoutMs = 10_000 } = {}) {
    const version = (await this.#writeOverSocket(inputs)) ?? (await this.#http.json('PATCH', 'v1/inputs', { body: inputs })).json.version;
    const collections = /** @type {LiveCollection[]} */ (Array.isArray(visible) ? visible : [visible]);
    await Promise.all(collections.map((each) => each.untilVisible(version, timeoutMs)));
    return version;
  }

  /** @param {Record<string, any>} inputs @returns {Promise<number | null>} */
  async #writeOverSocket(inputs) {
    try {
      return (await this.#socket?.write(inputs))?.version ?? null;
    } catch (error) {
      if (error instanceof FreshetError && error.status === 401) return null; // the socket's token is old: nothing was applied
      throw error;
    }
  }

  /** @param {string} method @param {string} path @param {unknown} [body] @returns {Promise<any>} */
  async request(method, path, body) {
    return (await this.#http.json(method, path, { body })).json;
  }

  /** @returns {Promise<Description[]>} */
  async resources() {
    return (await this.#http.json('GET', 'v1/resources')).json.resources;
  }

  /** @returns {Promise<Description[]>} */
  async inputs() {
    return (await this.#http.json('GET', 'v1/inputs')).json.inputs;
  }

  close() {
    for (const collection of [...this.#open]) collection.close();
    this.#socket?.close();
  }

  /** @param {LiveCollection} collection */
  #forget(collection) {
    this.#open.delete(collection);
    if (--this.#watching.count === 0) this.#watching.stop();
  }

  /** @param {string} instance */
  async #readInstance(instance) {
    const { json, response } = await this.#http.json('GET', `v1/snapshot/${encodeURIComponent(instance)}`);
    return { rows: json, version: versionIn(response) };
  }

  /**
   * @param {FreshetOptions} options @param {ConstructorParameters<typeof WebSocketTransport>[0]} context
   * @param {number} timeoutMs
   */
  #makeSocket(options, context, timeoutMs) {
    const { parse, silenceMs } = context;
    const WebSocket = options.WebSocket ?? globalThis.WebSocket;
    const url = this.#http.url('v1/ws');
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    return new WebSocketTransport(context, {
      url: url.href, WebSocket, silenceMs, timeoutMs, parse, stringify: stringifyExact,
      token: (renew) => this.#http.token(renew),
      isServiceThere: () => this.#http.send('GET', 'healthz').then(
        (answer) => answer.body?.cancel().then(() => true) ?? true,
        (error) => asFreshetError(error).status !== 0,
      ),
    });
  }
}

/** @param {string | URL} baseUrl */
function baseOf(baseUrl) {
  const base = new URL(baseUrl, globalThis.location?.href);
  if (base.protocol !== 'http:' && base.protocol !== 'https:') throw new TypeError(`${base.href} is no http address`);
  base.search = base.hash = '';
  if (!base.pathname.endsWith('/')) base.pathname += '/';
  return base;
}

/** @param {FreshetOptions} options @returns {TransportName[]} */
function namesOf({ transports = ['sse', 'poll'], WebSocket = globalThis.WebSocket }) {
  const known = ['sse', 'ndjson', 'poll', 'websocket'];
  const unknown = transports.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new TypeError(`there is no transport ${unknown}; there are: ${known.join(', ')}`);
  const possible = transports.filter((name) => name !== 'websocket' || typeof WebSocket === 'function');
  if (possible.length > 0) return possible;
  throw new TypeError(transports.length === 0 ? 'no transport is given' : 'there is no WebSocket here: give one as an option');
}

/** @param {Response} response */
function versionIn(response) {
  return Number(response.headers.get('Freshet-Version'));
}

/** @param {any} json @param {Response} response */
function snapshotOf(json, response) {
  if (!Array.isArray(json)) throw new FreshetError({ code: 'unreadable', primary: 'the snapshot is no list of rows' });
  return new SnapshotRows(json, versionIn(response), Number(response.headers.get('Freshet-Missing-Rows') ?? 0));
}

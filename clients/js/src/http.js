// SPDX-License-Identifier: MIT
import { FreshetError, asFreshetError, problemError } from './error.js';

/**
 * @typedef {object} Request
 * @property {unknown} [body] sent as JSON
 * @property {Record<string, string>} [headers]
 * @property {AbortSignal} [signal]
 * @property {number} [timeoutMs] until the answer begins; for json(), until it ends
 * @property {boolean} [keepalive] let it go out even if the page is left
 */

/**
 * @typedef {{json: any, response: Response}} JsonAnswer
 * @import {FreshetOptions} from '../types/index.js'
 */

/** Requests to one service: addresses, tokens, time limits, and problems as FreshetError. */
export class Http {
  #base;
  #fetch;
  #token;
  #timeoutMs;
  #parse;
  #stringify;

  /**
   * @param {URL} base where v1/ is found
   * @param {{fetch: typeof globalThis.fetch, token: FreshetOptions['token'], timeoutMs: number,
   *          parse: (text: string) => any, stringify: (value: unknown) => string}} options
   */
  constructor(base, { fetch, token, timeoutMs, parse, stringify }) {
    this.#base = base;
    this.#fetch = fetch;
    this.#token = token;
    this.#timeoutMs = timeoutMs;
    this.#parse = parse;
    this.#stringify = stringify;
  }

  /** @param {string} path */
  url(path) {
    return new URL(path, this.#base);
  }

  /** Whether a token that was refused may be followed by another. */
  get hasRenewableToken() {
    return typeof this.#token === 'function';
  }

  /** @param {boolean} renew */
  async token(renew) {
    try {
      return typeof this.#token === 'function' ? await this.#token({ renew }) : this.#token;
    } catch (error) {
      throw new FreshetError({
        code: 'unreachable', primary: 'there is no token', detail: error instanceof Error ? error.message : '', cause: error,
      });
    }
  }

  /**
   * The answer, of which the head is here and the body is to be read. Throws a FreshetError for anything but a success.
   * @param {string} method @param {string} path @param {Request} [request] @returns {Promise<Response>}
   */
  async send(method, path, request = {}) {
    const first = await this.#attempt(method, path, request, false);
    const answer = first.status === 401 && this.hasRenewableToken ? await this.#attempt(method, path, request, true) : first;
    if (answer !== first) await first.body?.cancel().catch(() => {});
    if (answer.ok) return answer;
    const text = await answer.text().catch(() => '');
    throw problemError(answer.status, safely(JSON.parse, text), answer.headers.get('Retry-After'));
  }

  /** @param {string} method @param {string} path @param {Request} [request] @returns {Promise<JsonAnswer>} */
  async json(method, path, request = {}) {
    const limit = new TimeLimit(request.timeoutMs ?? this.#timeoutMs, request.signal);
    try {
      const response = await this.send(method, path, { ...request, signal: limit.signal, timeoutMs: Infinity });
      const text = await response.text();
      const json = response.status === 204 ? null : safely(this.#parse, text);
      if (json === undefined) {
        throw new FreshetError({ code: 'unreadable', primary: 'the answer is no JSON', detail: text.slice(0, 100) });
      }
      return { json, response };
    } catch (error) {
      throw limit.explain(error);
    } finally {
      limit.end();
    }
  }

  /**
   * @param {string} method @param {string} path @param {Request} request @param {boolean} renew
   * @returns {Promise<Response>}
   */
  async #attempt(method, path, { body, headers = {}, signal, timeoutMs = this.#timeoutMs, keepalive = false }, renew) {
    const limit = new TimeLimit(timeoutMs, signal);
    try {
      const token = await this.token(renew);
      limit.signal.throwIfAborted();
      return await this.#fetch(this.url(path), {
        method,
        keepalive,
        signal: limit.signal,
        cache: 'no-store',
        headers: {
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
          ...(token ? { Authorization: `Bearer ${token}` } : {}),
          ...headers,
        },
        body: body === undefined ? undefined : this.#stringify(body),
      });
    } catch (error) {
      throw limit.explain(error);
    } finally {
      limit.stopClock();
    }
  }
}

/** A signal that fires when another does, or when time is up. */
class TimeLimit {
  #controller = new AbortController();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #outer;
  #pass = () => this.#controller.abort();
  #timeoutMs;
  #isOver = false;

  /** @param {number} timeoutMs @param {AbortSignal} [outer] */
  constructor(timeoutMs, outer) {
    this.#timeoutMs = timeoutMs;
    this.#outer = outer;
    if (outer?.aborted) this.#controller.abort();
    outer?.addEventListener('abort', this.#pass, { once: true });
    if (timeoutMs === Infinity) return;
    this.#timer = setTimeout(() => {
      this.#isOver = true;
      this.#controller.abort();
    }, timeoutMs);
  }

  get signal() {
    return this.#controller.signal;
  }

  stopClock() {
    clearTimeout(this.#timer);
  }

  end() {
    this.stopClock();
    this.#outer?.removeEventListener('abort', this.#pass);
  }

  /** @param {unknown} error */
  explain(error) {
    if (error instanceof FreshetError) return error;
    if (this.#isOver) {
      return new FreshetError({
        code: 'timeout', primary: 'the service did not answer in time', detail: `${this.#timeoutMs} ms`, cause: error,
      });
    }
    if (this.signal.aborted) return closedError(error);
    return asFreshetError(error);
  }
}

/** @param {unknown} [cause] */
export function closedError(cause) {
  return new FreshetError({ code: 'closed', primary: 'it was closed', cause });
}

/**
 * Gives the bytes of a body to `onBytes` as they come; returns at its end or when the signal fires.
 * @param {Response} response @param {AbortSignal} signal @param {(bytes: Uint8Array) => void} onBytes
 */
export async function readBody(response, signal, onBytes) {
  if (!response.body) {
    throw new FreshetError({ code: 'unsupported', primary: 'answers cannot be read as streams here' });
  }
  const reader = response.body.getReader();
  // Node 18's fetch may forget its own signal once the request is garbage.
  const cancel = () => void reader.cancel().catch(() => {});
  signal.addEventListener('abort', cancel, { once: true });
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((error) => {
        throw signal.aborted ? closedError(error) : asFreshetError(error);
      });
      if (done || signal.aborted) return;
      onBytes(value);
    }
  } finally {
    signal.removeEventListener('abort', cancel);
    cancel();
  }
}

/**
 * @template In, Out
 * @param {(value: In) => Out} parse @param {In} text @returns {Out | undefined}
 */
function safely(parse, text) {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}

// SPDX-License-Identifier: MIT
import { FreshetError, problemError } from './error.js';

/**
 * @typedef {object} Listener what is told of one stream
 * @property {() => void} onAlive
 * @property {(event: {event: string, id: string, data: any}) => void} onEvent
 * @property {(error: FreshetError) => void} onLost
 */

/** @typedef {{resolve: (answer: any) => void, reject: (error: FreshetError) => void}} Waiting */

/**
 * @typedef {object} SocketContext
 * @property {string} url ws: or wss:
 * @property {typeof globalThis.WebSocket} WebSocket
 * @property {(renew: boolean) => Promise<string | undefined>} token
 * @property {number} silenceMs
 * @property {number} timeoutMs for an answer
 * @property {(text: string) => any} parse
 * @property {(value: unknown) => string} stringify
 */

const kProtocol = 'freshet.v1';

/**
 * One WebSocket of many streams, from its handshake to its end: it does not reconnect.
 *
 * Every ask() settles: with the answer, with the service's refusal, when time is up, or when the socket is lost.
 */
export class Socket {
  #context;
  #socket;
  #lastId = 0;
  /** @type {Map<number, Waiting>} */
  #waiting = new Map();
  /** @type {Map<string, Listener>} by stream */
  #listeners = new Map();
  /** Events of streams whose `subscribed` was just read, and whose reader has yet to wake up. @type {Map<string, any[]>} */
  #early = new Map();
  #lastHeard = performance.now();
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #watch;
  #isOver = false;
  /** Resolves when the socket is ready to be asked. @type {Promise<void>} */
  ready;
  /** What it is for: the streams that it reads or is about to, none twice, and writes. @type {Set<string | object>} */
  uses = new Set();
  /** Its token has expired: those who subscribe now need another socket. */
  isStale = false;
  /** @type {() => void} */
  onOver = () => {};

  /** @param {SocketContext} context */
  constructor(context) {
    this.#context = context;
    this.#socket = new context.WebSocket(context.url, [kProtocol]);
    this.ready = this.#greet();
    this.ready.catch(() => {});
  }

  get isOver() {
    return this.#isOver;
  }

  /** Whether it can be asked without waiting. */
  get isOpen() {
    return !this.#isOver && this.#socket.readyState === 1;
  }

  async #greet() {
    await new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#end('it was not answered in time', 'timeout'), this.#context.timeoutMs);
      this.#waiting.set(0, { resolve: () => (clearTimeout(timer), resolve(undefined)), reject: (e) => (clearTimeout(timer), reject(e)) });
      this.#socket.addEventListener('open', () => this.#settle(0)?.resolve(undefined));
      this.#socket.addEventListener('error', () => this.#end('the connection failed'));
      this.#socket.addEventListener('close', ({ code, reason }) => this.#end(`the connection was closed (${[code, reason].filter(Boolean).join(' ')})`));
      this.#socket.addEventListener('message', ({ data }) => this.#take(data));
    });
    this.#lastHeard = performance.now();
    this.#watch = setInterval(() => this.#look(), this.#context.silenceMs / 3);
    const token = await this.#context.token(false);
    if (!token) return;
    try {
      await this.ask({ type: 'token', token });
    } catch (error) {
      const renewed = error instanceof FreshetError && error.status === 401 ? await this.#context.token(true) : token;
      if (renewed === token || !renewed) throw error;
      await this.ask({ type: 'token', token: renewed });
    }
  }

  /** @param {Record<string, unknown>} message @returns {Promise<any>} the answer */
  ask(message) {
    return new Promise((resolve, reject) => {
      if (!this.isOpen) return reject(lost('the socket is not open'));
      const id = ++this.#lastId;
      const timer = setTimeout(() => {
        this.#settle(id)?.reject(new FreshetError({ code: 'timeout', primary: 'the service did not answer in time' }));
      }, this.#context.timeoutMs);
      const before = (/** @type {(value: any) => void} */ settle) => (/** @type {any} */ value) => {
        clearTimeout(timer);
        settle(value);
      };
      this.#waiting.set(id, { resolve: before(resolve), reject: before(reject) });
      this.#socket.send(this.#context.stringify({ ...message, id }));
      return undefined;
    });
  }

  /** What comes for a stream from now on goes to `listener`. @param {string} stream @param {Listener} listener */
  listen(stream, listener) {
    this.#listeners.set(stream, listener);
    const early = this.#early.get(stream) ?? [];
    this.#early.delete(stream);
    for (const event of early) listener.onEvent(event);
  }

  /** Ends a subscription. @param {string} stream */
  async leave(stream) {
    this.#listeners.delete(stream);
    this.#early.delete(stream);
    // A refusal means that it is over already.
    if (this.isOpen) await this.ask({ type: 'unsubscribe', stream }).catch(() => {});
  }

  close() {
    this.#end('it was closed', 'closed');
  }

  /** @param {number} id */
  #settle(id) {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }

  /** @param {unknown} data */
  #take(data) {
    if (this.#isOver || typeof data !== 'string') return;
    this.#lastHeard = performance.now();
    let message;
    try {
      message = this.#context.parse(data);
    } catch {
      return this.#end('a message is no JSON', 'unreadable');
    }
    if (message.type === undefined) return this.#tell(message);
    for (const listener of this.#listeners.values()) listener.onAlive();
    const waiting = this.#settle(message.id);
    if (message.type === 'subscribed' && waiting) this.#early.set(message.stream, []);
    else if (message.type === 'subscribed') void this.leave(message.stream); // nobody waits for it any more
    if (message.problem?.status === 401) this.isStale = true;
    if (message.type !== 'error') waiting?.resolve(message);
    else waiting?.reject(problemError(message.problem?.status ?? 0, message.problem));
    return undefined;
  }

  /** @param {{stream: string, event: string, id?: string, data: any}} message */
  #tell({ stream, event, id = '', data }) {
    for (const listener of this.#listeners.values()) listener.onAlive();
    if (event === 'close' && data?.reason === 'token_expired') this.isStale = true;
    const listener = this.#listeners.get(stream);
    if (listener) listener.onEvent({ event, id, data });
    else this.#early.get(stream)?.push({ event, id, data });
  }

  /** A connection can die without a sign: one that is silent for long is asked whether it is there. */
  #look() {
    const silence = performance.now() - this.#lastHeard;
    if (silence >= this.#context.silenceMs) this.#end('the connection is silent');
    else if (silence >= this.#context.silenceMs / 3) this.ask({ type: 'ping' }).catch(() => {});
  }

  /** @param {string} why @param {string} [code] */
  #end(why, code = 'unreachable') {
    if (this.#isOver) return;
    this.#isOver = true;
    clearInterval(this.#watch);
    this.#socket.close();
    const error = lost(why, code);
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
    for (const listener of this.#listeners.values()) listener.onLost(error);
    this.#listeners.clear();
    this.onOver();
  }
}

/** @param {string} detail @param {string} [code] */
function lost(detail, code = 'unreachable') {
  return new FreshetError({ code, primary: 'the WebSocket is lost', detail });
}

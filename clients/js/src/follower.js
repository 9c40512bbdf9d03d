// SPDX-License-Identifier: MIT
import { Backoff } from './backoff.js';
import { FreshetError, asFreshetError, isPassing } from './error.js';

/**
 * @typedef {object} FollowerContext what all collections of a client share
 * @property {TransportChoice} choice
 * @property {boolean} hasRenewableToken
 * @property {BackoffOptions | undefined} backoff
 * @property {number} silenceMs
 * @property {number} firstEventMs
 *
 * @typedef {object} Sink whom a follower tells
 * @property {(event: 'init' | 'update' | 'error', data: any, id: string) => () => void} take takes an event in, and returns how
 *   to tell of it; throws if it makes no sense of it
 * @property {(status: Status) => void} status
 *
 * @import {BackoffOptions, Status} from '../types/index.js'
 * @import {Transport, StreamEvent} from './transports/transport.js'
 * @import {TransportChoice} from './transport_choice.js'
 */

/** One connection, from the first request to the end of the stream. */
class Attempt {
  #controller = new AbortController();
  /** @type {FreshetError | null} why we ended it */
  fault = null;
  /** @type {{reason?: string, retry_ms?: number} | null | undefined} what the service said when it closed the stream */
  farewell = undefined;
  /** The service accepted to send the stream. */
  isConnected = false;
  /** Something of it arrived. */
  isHeard = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #patience;

  get signal() {
    return this.#controller.signal;
  }

  /** @param {FreshetError} [fault] */
  end(fault) {
    if (this.signal.aborted) return;
    clearTimeout(this.#patience);
    this.fault = fault ?? null;
    this.#controller.abort();
  }

  /** Ends it if nothing is heard for so long. @param {number} ms @param {() => FreshetError} fault */
  expect(ms, fault) {
    clearTimeout(this.#patience);
    if (!this.signal.aborted) this.#patience = setTimeout(() => this.end(fault()), ms);
  }

  release() {
    clearTimeout(this.#patience);
  }
}

/**
 * Follows one resource through all that can happen to a connection: opens it, reads it, and when that ends goes on from the
 * last event that it has; until it is closed, or refused.
 */
export class Follower {
  #resource;
  #params;
  #context;
  #sink;
  #backoff;
  /** What we hold an opening of; '' if none. */
  #instance = '';
  /** @type {Transport | null} who opened it */
  #opener = null;
  #since = '';
  /** The stream that is or was last read. */
  stream = '';
  #wasLive = false;
  #isLive = false;
  #isClosed = false;
  /** @type {string | null} */
  #paused = null;
  #keepalive = false;
  /** @type {Attempt | null} */
  #attempt = null;
  /** @type {(() => void) | null} */
  #wake = null;
  #sleepsForever = false;

  /** @param {string} resource @param {unknown} params @param {FollowerContext} context @param {Sink} sink */
  constructor(resource, params, context, sink) {
    this.#resource = resource;
    this.#params = params;
    this.#context = context;
    this.#sink = sink;
    this.#backoff = new Backoff(context.backoff);
  }

  get since() {
    return this.#since;
  }

  start() {
    void this.#run();
  }

  /** Tries again now what waits or was refused. */
  retry() {
    this.#backoff.reset();
    this.#wake?.();
  }

  /** The network may be back: what waits for a time need not. */
  hurry() {
    if (!this.#sleepsForever) this.retry();
  }

  /** Gives the connection back until resume(). @param {string} reason @param {{keepalive?: boolean}} [options] */
  pause(reason, { keepalive = false } = {}) {
    if (this.#paused !== null || this.#isClosed) return;
    this.#paused = reason;
    this.#keepalive = keepalive;
    this.#attempt?.end();
    if (keepalive) this.#giveBack(); // the page may not live to see the attempt end
    this.#wake?.();
  }

  resume() {
    if (this.#paused === null) return;
    this.#paused = null;
    this.#keepalive = false;
    this.retry();
  }

  close() {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#attempt?.end();
    this.#giveBack();
    this.#wake?.();
    this.#sink.status({ name: 'closed' });
  }

  async #run() {
    while (!this.#isClosed) {
      if (this.#paused !== null) {
        this.#giveBack();
        this.#sink.status({ name: 'waiting', reason: this.#paused });
        await this.#sleep(Infinity);
        continue;
      }
      const error = await this.#try();
      if (this.#isClosed || this.#paused !== null) continue;
      if (error !== null && !isPassing(error) && error.code !== 'unsupported') {
        this.#sink.status({ name: 'refused', reason: error.message, error });
        await this.#sleep(Infinity);
        continue;
      }
      if (error?.retryAfterMs !== undefined) this.#backoff.ask(error.retryAfterMs);
      const delay = this.#backoff.next(performance.now());
      const reason = error?.message ?? 'the connection ended';
      this.#sink.status({ name: 'waiting', reason, retryAt: Date.now() + delay, ...(error ? { error } : {}) });
      await this.#sleep(delay);
    }
  }

  /** @param {number} ms */
  async #sleep(ms) {
    this.#sleepsForever = ms === Infinity;
    // A timer beyond 2^31 ms would fire at once; the spans here are far below.
    await new Promise((resolve) => {
      const timer = ms === Infinity ? undefined : setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve(undefined);
      };
    });
    this.#wake = null;
  }

  /** One attempt. Returns why it ended: null if the service was there and the stream is merely over. */
  async #try() {
    const attempt = (this.#attempt = new Attempt());
    const transport = this.#context.choice.current;
    this.#isLive = false;
    this.#sink.status({ name: this.#wasLive ? 'reconnecting' : 'connecting' });
    try {
      await this.#open(transport);
      if (!attempt.signal.aborted) await this.#readOrReopen(transport, attempt);
    } catch (error) {
      attempt.fault ??= attempt.signal.aborted ? null : asFreshetError(error);
    } finally {
      attempt.release();
      this.#attempt = null;
    }
    if (this.#isClosed) this.#giveBack(); // it was closed while it was being opened
    if (attempt.fault === null && attempt.farewell !== undefined) this.#takeLeave(attempt);
    const isBarren = attempt.isConnected && !attempt.isHeard && this.#since === '' && !attempt.signal.aborted;
    if (attempt.fault?.code === 'unsupported' || isBarren) this.#context.choice.failed(transport);
    return attempt.fault;
  }

  /** @param {Transport} transport */
  async #open(transport) {
    if (this.#instance !== '') return;
    this.#instance = await transport.open(this.#resource, this.#params);
    this.#opener = transport;
  }

  /** @param {Transport} transport @param {Attempt} attempt */
  async #readOrReopen(transport, attempt) {
    try {
      await this.#read(transport, attempt);
    } catch (error) {
      const isGone = error instanceof FreshetError && (error.status === 404 || error.status === 410);
      if (!isGone || attempt.signal.aborted) throw error;
      // The service was started anew, or the instance ended while nobody read it. Its opening went with it.
      this.#instance = '';
      await this.#open(transport);
      if (!attempt.signal.aborted) await this.#read(transport, attempt).catch(retryLater);
    }
  }

  /** @param {Transport} transport @param {Attempt} attempt */
  #read(transport, attempt) {
    const { silenceMs, firstEventMs } = this.#context;
    const silent = () => new FreshetError({ code: 'unreachable', primary: 'the stream is silent', detail: `for ${silenceMs} ms` });
    const onAlive = () => {
      attempt.isHeard = true;
      this.#context.choice.worked(transport);
      attempt.expect(silenceMs, silent);
    };
    // Who has no state is owed one at once; who goes on from an event may have to wait for the next.
    if (this.#since === '') {
      attempt.expect(firstEventMs, () =>
        new FreshetError({ code: 'unsupported', primary: 'the stream brings nothing', detail: `for ${firstEventMs} ms, by ${transport.name}` }));
    }
    return transport.read({
      instance: this.#instance,
      since: this.#since,
      signal: attempt.signal,
      onConnected: (stream) => {
        if (attempt.signal.aborted) return;
        attempt.isConnected = true;
        this.stream = stream;
        if (this.#since === '') return;
        attempt.expect(silenceMs, silent);
        this.#live();
      },
      onAlive: () => attempt.signal.aborted || onAlive(),
      onEvent: (event) => attempt.signal.aborted || this.#take(attempt, event),
      onRetry: (delayMs) => this.#backoff.ask(delayMs),
    });
  }

  /** @param {Attempt} attempt @param {StreamEvent} event */
  #take(attempt, { event, id, data }) {
    if (event === 'close') {
      attempt.farewell = data;
      attempt.end();
    } else if (event === 'init' || event === 'update' || event === 'error' || event === 'errors') {
      const tell = this.#sink.take(event === 'errors' ? 'error' : event, data, id);
      if (id !== '') this.#since = id;
      this.#live();
      tell();
    } // else a service newer than this client
  }

  #live() {
    if (this.#isLive) return;
    this.#isLive = this.#wasLive = true;
    this.#backoff.live(performance.now());
    this.#sink.status({ name: 'live' });
  }

  /** What to make of an `event: close`. @param {Attempt} attempt */
  #takeLeave(attempt) {
    const { reason, retry_ms: retryMs } = attempt.farewell ?? {};
    if (reason === undefined) this.#instance = ''; // it ended, and our opening with it
    if (typeof retryMs === 'number') this.#backoff.ask(retryMs);
    if (reason === 'token_expired' && !this.#context.hasRenewableToken) {
      attempt.fault = new FreshetError({
        status: 401, code: 'token_expired', primary: 'the token has expired', hint: 'give a function as token, which renews it',
      });
    }
  }

  #giveBack() {
    if (this.#instance === '') return;
    void this.#opener?.giveBack(this.#instance, { keepalive: this.#keepalive || this.#isClosed });
    this.#instance = '';
  }
}

/** A fresh instance that is not there is no refusal, but a service of several machines that do not know each other's. */
function retryLater(/** @type {unknown} */ error) {
  if (error instanceof FreshetError && error.status === 404) {
    throw new FreshetError({ code: 'unreachable', primary: 'what was opened is not there', detail: error.message });
  }
  throw error;
}

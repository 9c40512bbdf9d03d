// SPDX-License-Identifier: MIT
import { FreshetError } from './error.js';
import { Follower } from './follower.js';
import { closedError } from './http.js';
import { Listeners } from './listeners.js';
import { Rows } from './rows.js';

/**
 * @typedef {import('./follower.js').FollowerContext & {
 *   readInstance: (instance: string) => Promise<{rows: import('./rows.js').Row[], version: number}>,
 *   onClosed: (collection: LiveCollection) => void,
 * }} CollectionContext
 */

const kNoErrors = /** @type {readonly RowError[]} */ (Object.freeze([]));
// An update that touches the collection is on its way when the write is answered, most often in the same turn.
const kOnItsWayMs = 250;

/**
 * The rows of one resource, kept equal to what the service has.
 * @implements {Collection<any, any>}
 * @import {Change, Collection, RowError, Status} from '../types/index.js'
 */
export class LiveCollection extends Rows {
  resource;
  params;
  /** @type {Promise<Collection<any, any>>} */
  ready;
  /** Counts what can be seen from outside. */
  revision = 0;
  #context;
  #follower;
  /** @type {Status} */
  #status = { name: 'connecting' };
  /** @type {Map<string, RowError>} */
  #errors = new Map();
  /** @type {readonly RowError[]} */
  #errorList = kNoErrors;
  /** @type {{resolve: (collection: Collection<any, any>) => void, reject: (error: FreshetError) => void} | null} */
  #waitingForReady = null;
  /** @type {Listeners<[readonly Change[], {type: 'init' | 'update', id: string}]>} */
  #onChange = new Listeners();
  /** @type {Listeners<[readonly RowError[]]>} */
  #onError = new Listeners();
  /** @type {Listeners<[Status]>} */
  #onStatus = new Listeners();
  /** Called when an event was taken. @type {Listeners<[]>} */
  #onEvent = new Listeners();

  /** @param {string} resource @param {unknown} params @param {CollectionContext} context */
  constructor(resource, params, context) {
    super();
    this.resource = resource;
    this.params = params;
    this.#context = context;
    this.ready = new Promise((resolve, reject) => {
      this.#waitingForReady = { resolve, reject };
    });
    this.ready.catch(() => {}); // whoever does not ask for it is told by status
    this.#follower = new Follower(resource, params, context, {
      take: (event, data, id) => this.#take(event, data, id),
      status: (status) => this.#setStatus(status),
    });
    this.#follower.start();
  }

  get status() {
    return this.#status;
  }

  get errors() {
    return this.#errorList;
  }

  get id() {
    return this.#follower.since;
  }

  /** Whether it has had its rows once. */
  get isReady() {
    return this.#waitingForReady === null && this.#follower.since !== '';
  }

  /** @param {(changes: readonly Change[], event: {type: 'init' | 'update', id: string}) => void} listener */
  onChange(listener) {
    return this.#onChange.add(listener);
  }

  /** @param {(errors: readonly RowError[]) => void} listener */
  onError(listener) {
    return this.#onError.add(listener);
  }

  /** @param {(status: Status) => void} listener */
  onStatus(listener) {
    return this.#onStatus.add(listener);
  }

  retry() {
    this.#follower.retry();
  }

  close() {
    this.#follower.close();
  }

  // What the client does with all of its collections.

  hurry() {
    this.#follower.hurry();
  }

  /** @param {string} reason @param {{keepalive?: boolean}} [options] */
  pause(reason, options) {
    this.#follower.pause(reason, options);
  }

  resume() {
    this.#follower.resume();
  }

  /**
   * Resolves when it shows what was committed as `version`. A commit that does not touch it brings no event: if none comes,
   * its rows are compared with what the service has by then.
   * @param {number} version @param {number} timeoutMs
   */
  async untilVisible(version, timeoutMs) {
    const deadline = performance.now() + timeoutMs;
    for (let patience = kOnItsWayMs; !(versionOf(this.id) >= version); patience *= 2) {
      if (this.#status.name === 'closed') throw closedError();
      const left = deadline - performance.now();
      if (left <= 0) {
        throw new FreshetError({
          code: 'timeout', primary: 'the write was applied, but is not visible yet', detail: `version ${version} in ${timeoutMs} ms`,
        });
      }
      if (await this.#nextEvent(Math.min(patience, left))) continue;
      const id = this.id;
      const there = await this.#context.readInstance(this.#follower.stream).catch(() => null);
      if (there !== null && there.version >= version && id === this.id && this.equals(there.rows)) return;
    }
  }

  /** @param {number} ms @returns {Promise<boolean>} whether one came */
  #nextEvent(ms) {
    return new Promise((resolve) => {
      const settle = (/** @type {boolean} */ came) => {
        clearTimeout(timer);
        stop();
        resolve(came);
      };
      const timer = setTimeout(() => settle(false), ms);
      const stop = this.#onEvent.add(() => settle(true));
    });
  }

  /** @param {'init' | 'update' | 'error'} type @param {any} data @param {string} id @returns {() => void} */
  #take(type, data, id) {
    const tell = type === 'error' ? this.#takeErrors(data) : this.#takeRows(type, data, id);
    return () => {
      tell();
      this.#onEvent.call();
    };
  }

  /** @param {'init' | 'update'} type @param {any} data @param {string} id */
  #takeRows(type, data, id) {
    if (!isRows(data)) throw unreadable(`the data of an ${type} are no rows`);
    const changes = type === 'init' ? this.replace(data) : this.update(data);
    const waiting = this.#waitingForReady;
    this.#waitingForReady = null;
    if (type === 'init') this.#forgetErrors(); // those that still stand follow
    if (changes.length === 0 && waiting === null) return () => {};
    this.revision += 1;
    return () => {
      waiting?.resolve(this);
      this.#onChange.call(changes, { type, id });
    };
  }

  #forgetErrors() {
    if (this.#errors.size === 0) return;
    this.#errors.clear();
    this.#errorList = kNoErrors;
    this.revision += 1;
  }

  /** @param {any} data */
  #takeErrors(data) {
    if (!Array.isArray(data)) throw unreadable('the data of an error are no list');
    /** @type {RowError[]} */
    const news = data;
    for (const error of news) {
      const place = `${error.node} ${error.key}`;
      if (error.error === null) this.#errors.delete(place);
      else this.#errors.set(place, error);
    }
    this.#errorList = Object.freeze([...this.#errors.values()]);
    this.revision += 1;
    return () => this.#onError.call(news);
  }

  /** @param {Status} status */
  #setStatus(status) {
    this.#status = Object.freeze(status);
    this.revision += 1;
    if (status.name === 'refused' || status.name === 'closed') {
      this.#waitingForReady?.reject(status.error ?? closedError());
      if (status.name === 'closed') this.#waitingForReady = null;
    }
    this.#onStatus.call(this.#status);
    if (status.name === 'closed') this.#context.onClosed(this);
  }
}

/**
 * The commit that an event's id names; NaN if it names none. Ids are opaque where it matters, in going on from them: this
 * only saves a question.
 * @param {string} id
 */
export function versionOf(id) {
  const match = /-(\d+)(?:\.\d+)?e?$/.exec(id);
  return match ? Number(match[1]) : NaN;
}

/** @param {any} data @returns {data is import('./rows.js').Row[]} */
function isRows(data) {
  return Array.isArray(data) && data.every((row) => Array.isArray(row) && row.length === 2 && Array.isArray(row[1]));
}

/** @param {string} detail */
function unreadable(detail) {
  return new FreshetError({ code: 'unreadable', primary: 'an event of the stream makes no sense', detail });
}

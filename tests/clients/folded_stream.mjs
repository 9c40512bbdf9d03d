// SPDX-License-Identifier: MIT
// One client of one stream, with the official `eventsource` package: folds what it is told into rows, as any page would.
import { EventSource } from 'eventsource';

const open = new Set();

/**
 * fetch(), but an abort always ends the answer: Node 18's forgets to once its request is garbage, which leaves sockets of
 * closed streams open. (Node 20's does not.)
 */
async function abortableFetch(url, init) {
  const response = await fetch(url, init);
  const { status, headers, redirected } = response;
  const body = response.body?.pipeThrough(new TransformStream(), { signal: init.signal });
  return { status, headers, redirected, url: response.url, body };
}

/** Closes what a failed test left open, so that its process can end. */
export function closeStreams() {
  for (const stream of open) stream.close();
}

export class FoldedStream {
  constructor(url) {
    open.add(this);
    /** Key as JSON text -> list of values. */
    this.rows = new Map();
    /** {type, id, data} of each event, in order. */
    this.events = [];
    this.connectionErrors = 0;
    this.waiting = [];
    this.source = new EventSource(url, { fetch: abortableFetch });
    for (const type of ['init', 'update', 'close']) this.source.addEventListener(type, (event) => this.take(event));
    // A mapper's error comes as an event with data; a broken connection as one without.
    this.source.addEventListener('error', (event) => {
      if (event.data === undefined) {
        this.connectionErrors += 1;
        this.wake();
      } else {
        this.take(event);
      }
    });
  }

  take(event) {
    this.events.push({ type: event.type, id: event.lastEventId, data: event.data });
    if (event.type === 'init') this.rows.clear();
    if (event.type === 'init' || event.type === 'update') {
      for (const [key, values] of JSON.parse(event.data)) {
        if (values.length === 0) this.rows.delete(JSON.stringify(key));
        else this.rows.set(JSON.stringify(key), values);
      }
    }
    this.wake();
  }

  wake() {
    this.waiting = this.waiting.filter((waiter) => !waiter());
  }

  /** Resolves as soon as `condition(this)` holds. */
  until(condition, what = condition.toString(), patienceMs = 10_000) {
    return new Promise((resolve, reject) => {
      if (condition(this)) return resolve(this);
      const timer = setTimeout(
        () => reject(new Error(`waited in vain for: ${what}; last events: ${JSON.stringify(this.events.slice(-5))}`)),
        patienceMs,
      );
      this.waiting.push(() => {
        if (!condition(this)) return false;
        clearTimeout(timer);
        resolve(this);
        return true;
      });
      return undefined;
    });
  }

  ofType(type) {
    return this.events.filter((event) => event.type === type);
  }

  untilCount(type, count) {
    return this.until(() => this.ofType(type).length >= count, `${count} events of type ${type}`);
  }

  untilVersion(version) {
    return this.until(() => this.version() >= version, `version ${version}`);
  }

  /** The version that the client is at; -1 before the first event. */
  version() {
    const last = this.events.findLast((event) => event.type === 'init' || event.type === 'update');
    return last ? versionOf(last) : -1;
  }

  /** The rows in the form of a snapshot, sorted by the text of the key. */
  state() {
    return sorted([...this.rows].map(([key, values]) => [JSON.parse(key), values]));
  }

  close() {
    open.delete(this);
    this.source.close();
  }
}

/** The version that an event's id, `<epoch>-<version>[.<part>][e]`, names. */
export function versionOf(event) {
  const digits = /-(\d+)(?:\.\d+)?e?$/.exec(event.id);
  if (!digits) throw new Error(`the id "${event.id}" names no version`);
  return Number(digits[1]);
}

/** Rows in an order that two sides can be compared in. */
export function sorted(rows) {
  const text = (row) => JSON.stringify(row[0]);
  return [...rows].sort((left, right) => (text(left) < text(right) ? -1 : text(left) > text(right) ? 1 : 0));
}

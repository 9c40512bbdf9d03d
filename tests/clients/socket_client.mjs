// SPDX-License-Identifier: MIT
// One client of /v1/ws with the npm package `ws`: asks, waits for answers by their id, and folds events into rows.
import WebSocket from 'ws';

const open = new Set();

/** Ends what a failed test left open, so that its process can end. */
export function closeSockets() {
  for (const client of open) client.socket.terminate();
}

export class SocketClient {
  /** Opens a socket to a service; `options` are those of `ws`. */
  static async connect(service, options = {}, protocols = ['freshet.v1']) {
    const socket = new WebSocket(`ws://127.0.0.1:${service.port}/v1/ws`, protocols, options);
    const client = new SocketClient(socket);
    await new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return client;
  }

  constructor(socket) {
    this.socket = socket;
    this.nextId = 1;
    this.answers = new Map();
    /** All that came, parsed, in order. */
    this.messages = [];
    /** Stream -> {rows: Map of key text -> values, id, events}. */
    this.streams = new Map();
    this.closed = null;
    this.waiting = [];
    open.add(this);
    socket.on('message', (data, isBinary) => this.take(data, isBinary));
    socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() };
      open.delete(this);
      this.wake();
    });
    socket.on('error', () => {});
  }

  take(data, isBinary) {
    if (isBinary) throw new Error('a binary message');
    const message = JSON.parse(data.toString());
    this.messages.push(message);
    if (message.event) this.fold(message);
    this.wake();
  }

  fold({ stream, event, id, data }) {
    const known = this.streams.get(stream) ?? { rows: new Map(), id: null, events: [] };
    this.streams.set(stream, known);
    known.events.push(event);
    if (id) known.id = id;
    if (event === 'init') known.rows.clear();
    if (event !== 'init' && event !== 'update') return;
    for (const [key, values] of data) {
      if (values.length === 0) known.rows.delete(JSON.stringify(key));
      else known.rows.set(JSON.stringify(key), values);
    }
  }

  wake() {
    this.waiting = this.waiting.filter((waiter) => !waiter());
  }

  /** Resolves with what `condition()` gives, as soon as that is truthy. */
  until(condition, what = condition.toString(), patienceMs = 10_000) {
    return new Promise((resolve, reject) => {
      const found = condition();
      if (found) return resolve(found);
      const timer = setTimeout(
        () => reject(new Error(`waited in vain for: ${what}; last: ${JSON.stringify(this.messages.slice(-3))}`)),
        patienceMs,
      );
      this.waiting.push(() => {
        const result = condition();
        if (!result) return false;
        clearTimeout(timer);
        resolve(result);
        return true;
      });
      return undefined;
    });
  }

  send(message, options = {}) {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message), options);
  }

  /** Asks and resolves with the answer. */
  ask(message, options = {}) {
    const id = this.nextId++;
    this.send({ ...message, id }, options);
    return this.until(() => this.messages.find((answer) => answer.type && answer.id === id), JSON.stringify(message));
  }

  /** Subscribes, waits for the init, and resolves with the id of the stream. */
  async subscribe(what) {
    const answer = await this.ask({ type: 'subscribe', ...what });
    if (answer.type !== 'subscribed') throw new Error(JSON.stringify(answer));
    return answer.stream;
  }

  rows(stream) {
    return [...(this.streams.get(stream)?.rows ?? [])].map(([key, values]) => [JSON.parse(key), values]);
  }

  untilEvents(stream, count) {
    return this.until(() => (this.streams.get(stream)?.events.length ?? 0) >= count, `${count} events`);
  }

  async close(code = 1000) {
    this.socket.close(code);
    return this.until(() => this.closed, 'the close');
  }
}

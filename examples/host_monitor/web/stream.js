// SPDX-License-Identifier: MIT
// The stream protocol, from a client's side: POST opens a resource with parameters, an EventSource reads the instance.

/** An answer of the server that is a problem (RFC 9457), as an exception. */
export class Problem extends Error {
  constructor(status, document) {
    super(document.primary || document.title || `The server answered ${status}.`);
    this.status = status;
    this.path = document.path || '';
  }
}

/** Sends JSON and returns the JSON of the answer. Throws a Problem if the server refuses, a TypeError if it is not there. */
export async function send(method, path, body) {
  const response = await fetch(path, {
    method,
    headers: {'Content-Type': 'application/json'},
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  });
  if (response.ok) return response.json();
  throw new Problem(response.status, await response.json().catch(() => ({})));
}

const kRetryMsFirst = 500;
const kRetryMsMax = 10_000;
const kSilenceMsMax = 30_000;

/**
 * Follows one resource through all that can happen to a connection.
 *
 * A lost connection is first left to the EventSource, which reconnects by itself. When that ends for good (the server was
 * restarted and does not know the instance any more, or it said `close`), the resource is opened anew, after a delay that
 * grows with each failure and is drawn at random, so that a thousand pages do not come back in the same instant.
 *
 * Handlers: onInit(rows), onUpdate(rows), onRowErrors(rows), onPhase(phase). A phase is {name, retryAt, problem}, its name
 * one of connecting, live, waiting, paused, refused.
 */
export class Follower {
  #resource; #params; #handlers;
  #source = null;
  #instance = null;
  #failures = 0;
  #timer = 0;      // the next try, or the end of our patience with a silent stream
  #generation = 0; // answers that belong to an earlier attempt are ignored

  constructor(resource, params, handlers) {
    this.#resource = resource;
    this.#params = params;
    this.#handlers = handlers;
  }

  start() {
    this.#leave();
    this.#open();
  }

  /** Follows the same resource with other parameters from now on. */
  restart(params) {
    this.#params = params;
    this.start();
  }

  pause() {
    this.#leave();
    this.#phase('paused');
  }

  async #open() {
    const generation = ++this.#generation;
    this.#phase('connecting');
    try {
      const {instance_id: instance} = await send('POST', `v1/streams/${this.#resource}`, this.#params);
      if (generation === this.#generation) this.#read(instance);
    } catch (error) {
      if (generation !== this.#generation) return;
      const refused = error instanceof Problem && error.status < 500 && error.status !== 429;
      if (refused) this.#phase('refused', {problem: error});
      else this.#retry();
    }
  }

  #read(instance) {
    this.#instance = instance;
    const source = this.#source = new EventSource(`v1/streams/${instance}`);
    const on = (event, handle) => source.addEventListener(event, (message) => {
      if (source === this.#source) handle(message);
    });
    let began = false;
    const live = () => {
      this.#failures = 0;
      this.#phase('live');
      this.#watch();
    };
    // Connected again: what was missed follows, if anything was.
    on('open', () => began && live());
    on('init', (message) => {
      began = true;
      live();
      this.#handlers.onInit(JSON.parse(message.data));
    });
    on('update', (message) => {
      this.#watch();
      this.#handlers.onUpdate(JSON.parse(message.data));
    });
    on('close', () => this.#lost());
    on('error', (event) => {
      // One name, two events: the server's carries data (rows that could not be computed), the connection's does not.
      if (event.data !== undefined) this.#handlers.onRowErrors?.(JSON.parse(event.data));
      else if (source.readyState === EventSource.CLOSED) this.#lost();
      else this.#phase('connecting');
    });
    this.#watch();
  }

  /** A connection can die without a sign (a laptop that slept); a stream that is silent for long is opened anew. */
  #watch() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.start(), kSilenceMsMax);
  }

  #lost() {
    this.#instance = null;
    this.#leave();
    this.#retry();
  }

  #retry() {
    const ceiling = Math.min(kRetryMsMax, kRetryMsFirst * 2 ** this.#failures++);
    const delay = kRetryMsFirst / 2 + Math.random() * ceiling;
    this.#phase('waiting', {retryAt: Date.now() + delay});
    this.#timer = setTimeout(() => this.#open(), delay);
  }

  #leave() {
    ++this.#generation;
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
    // Gives our opening back, so that the server need not wait for the idle time. Best effort: it may be gone.
    if (this.#instance) fetch(`v1/streams/${this.#instance}`, {method: 'DELETE', keepalive: true}).catch(() => {});
    this.#instance = null;
  }

  #phase(name, more = {}) {
    this.#handlers.onPhase({name, ...more});
  }
}

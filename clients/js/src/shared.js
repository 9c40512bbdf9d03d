// SPDX-License-Identifier: MIT
import { canonical } from './json.js';

// A component that is mounted again at once (a page turned, React's strict mode) finds its stream still there.
const kLingerMs = 1_000;

/**
 * @typedef {object} Shared a collection that several use
 * @property {import('./collection.js').LiveCollection} collection
 * @property {number} users
 * @property {ReturnType<typeof setTimeout> | undefined} timer
 */

/** @type {WeakMap<object, Map<string, Shared>>} by client, then by resource and parameters */
const clients = new WeakMap();

/**
 * The collection that everyone gets who asks this client for the same resource with equal parameters. Each call is one use,
 * which is given back by release(); a little after the last it is closed.
 * @param {any} client @param {string} resource @param {unknown} params
 */
export function acquire(client, resource, params) {
  const key = `${resource} ${canonical(params ?? {})}`;
  const known = clients.get(client) ?? new Map();
  clients.set(client, known);
  /** @type {Shared | undefined} */
  let shared = known.get(key);
  if (shared === undefined || shared.collection.status.name === 'closed') {
    shared = { collection: client.open(resource, params), users: 0, timer: undefined };
    known.set(key, shared);
  }
  clearTimeout(shared.timer);
  shared.users += 1;
  const { collection } = shared;
  const mine = shared;
  let isReleased = false;
  const release = () => {
    if (isReleased) return;
    isReleased = true;
    mine.users -= 1;
    if (mine.users > 0) return;
    mine.timer = setTimeout(() => {
      if (known.get(key) === mine) known.delete(key);
      collection.close();
    }, kLingerMs);
  };
  return { collection, release };
}

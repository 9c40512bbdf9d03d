// SPDX-License-Identifier: MIT
// Clients of one service under test, and waiting for what they come to show.
import assert from 'node:assert/strict';
import { WebSocket } from 'ws'; // Node has one from version 22 on
import { Freshet } from '../../src/index.js';

export const TRANSPORTS = ['sse', 'ndjson', 'poll', 'websocket'];

/** Delays that suit a test. */
export const QUICK = { firstMs: 20, maxMs: 200, stableMs: 1000 };

const open = new Set();

export function connect(url, options = {}) {
  const client = new Freshet(url, { backoff: QUICK, WebSocket, ...options });
  open.add(client);
  return client;
}

/** Closes what a failed test left open, so that its process can end. */
export async function closeClients() {
  for (const client of open) client.close();
  open.clear();
  await new Promise((resolve) => setTimeout(resolve, 20)); // what is given back goes out
}

/** Resolves as soon as `condition()` holds; it is looked at again after every event of the collection. */
export function until(collection, condition, what = condition.toString(), patienceMs = 15_000) {
  return new Promise((resolve, reject) => {
    const stops = [];
    const settle = (how, value) => {
      clearTimeout(timer);
      for (const stop of stops) stop();
      how(value);
    };
    const timer = setTimeout(
      () => settle(reject, new Error(`waited in vain for: ${what}; ${JSON.stringify({ status: collection.status, rows: rowsOf(collection) }).slice(0, 500)}`)),
      patienceMs,
    );
    const look = () => condition() && settle(resolve);
    stops.push(collection.onChange(look), collection.onStatus(look), collection.onError(look));
    look();
  });
}

export const untilStatus = (collection, name) =>
  until(collection, () => collection.status.name === name, `status ${name}`).then(() => collection.status);

/** Rows in an order that two sides can be compared in. */
export function rowsOf(rows) {
  const text = ([key]) => JSON.stringify(key);
  return [...rows].sort((left, right) => (text(left) < text(right) ? -1 : text(left) > text(right) ? 1 : 0));
}

export async function assertShowsSnapshot(client, collection) {
  const snapshot = await client.snapshot(collection.resource, collection.params);
  assert.deepEqual(rowsOf(collection), rowsOf(snapshot));
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Tries until it does not throw. */
export async function eventually(check, patienceMs = 10_000) {
  for (const deadline = Date.now() + patienceMs; ;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(50);
    }
  }
}

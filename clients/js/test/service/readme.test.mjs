// SPDX-License-Identifier: MIT
// What the pages say, word for word, against the real service.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { Freshet, FreshetError } from '@freshet/client';
import { ServiceProcess } from '../../../../tests/clients/service_process.mjs';
import { until } from './clients.mjs';

let service;
let opened = [];
before(async () => {
  service = await ServiceProcess.start();
  await service.write('words', [['greeting', ['hello']]]);
});
afterEach(() => {
  for (const client of opened.splice(0)) client.close();
});
after(() => service.stop());

function connect() {
  const url = service.url;
  // [connect]
  const client = new Freshet(url);
  // [/connect]
  opened.push(client);
  return client;
}

test('a collection is a live map', async () => {
  const client = connect();
  // [open]
  const words = client.open('words');
  await words.ready;
  console.log(words.value('greeting'), words.size);
  for (const [key, values] of words) console.log(key, values);
  // [/open]
  assert.deepEqual([...words], [['greeting', ['hello']]]);

  const told = [];
  // [change]
  const stop = words.onChange((changes) => {
    for (const { key, values, before } of changes) told.push(`${key}: ${before} -> ${values.length ? values : 'gone'}`);
  });
  // [/change]
  // [write]
  const version = await client.write({ words: [['greeting', ['good morning']], ['parting', ['bye']]] }, { visible: words });
  // [/write]
  assert.equal(typeof version, 'number');
  assert.deepEqual(told, ['greeting: hello -> good morning', 'parting:  -> bye']);
  stop();
});

test('keys may be structs, parameters may be given', async () => {
  const client = connect();
  // [keys]
  await client.write({ dwellers: [[{ street: 'Long Lane', house: 7 }, [{ name: 'Ada', age: 36 }]]] });
  const dwellers = await client.open('dwellers').ready;
  dwellers.value({ house: 7, street: 'Long Lane' }); // { name: 'Ada', age: 36 }
  const large = client.open('greater', { threshold: 1000 });
  // [/keys]
  assert.deepEqual(dwellers.value({ house: 7, street: 'Long Lane' }), { name: 'Ada', age: 36 });
  await large.ready;
});

test('the state of the connection is told', async () => {
  const client = connect();
  const words = client.open('words');
  const lines = [];
  const show = (line) => lines.push(line);
  // [status]
  words.onStatus(({ name, reason, retryAt }) => {
    if (name === 'waiting') show(`not connected: ${reason}; next try in ${Math.ceil((retryAt - Date.now()) / 1000)} s`);
    else show(name); // connecting, live, reconnecting, refused, closed
  });
  words.onError((errors) => {
    for (const { key, error } of errors) show(error ? `${key} could not be computed: ${error}` : `${key} is well again`);
  });
  // [/status]
  await until(words, () => words.status.name === 'live');
  assert.deepEqual(lines, ['live']);
});

test('reads without following, and refusals', async () => {
  const client = connect();
  const show = (text) => text;
  // [reads]
  const now = await client.snapshot('words');
  console.log(now.version, now.get('greeting'));
  const [greeting] = await client.lookup('words', 'greeting');
  // [/reads]
  assert.equal(greeting, now.value('greeting'));
  // [refused]
  try {
    await client.write({ words: [['forbidden', ['x']]] });
  } catch (error) {
    if (!(error instanceof FreshetError)) throw error;
    const { status, code, primary, detail, hint, path } = error;
    show(`${status} ${code} ${path}: ${primary} (${detail}) ${hint}`);
  }
  // [/refused]
  await assert.rejects(client.write({ words: [['forbidden', ['x']]] }), { status: 422 });
});

test('other routes are asked by the same client', async () => {
  const client = connect();
  // [request]
  const { resources } = await client.request('GET', 'v1/resources');
  await client.request('PATCH', 'v1/inputs/words', [['parting', ['good night']]]);
  // [/request]
  assert.ok(resources.length > 0);
  assert.deepEqual(await client.lookup('words', 'parting'), ['good night']);
  const { instance_id: instance } = await client.request('POST', 'v1/streams/words', {});
  assert.equal(await client.request('DELETE', `v1/streams/${instance}`), null);
  await assert.rejects(client.request('PATCH', 'v1/inputs/words', [['a', [1]]]), { status: 400, path: '$[0][1][0]' });
});

test('options are taken', async () => {
  const url = service.url;
  const session = { renew: async () => 'token', token: 'token' };
  // [options]
  const client = new Freshet(url, {
    token: ({ renew }) => (renew ? session.renew() : session.token), // sent as Authorization: Bearer
    transports: ['websocket', 'sse', 'poll'], // the first that works
    backoff: { firstMs: 500, maxMs: 30_000, stableMs: 10_000 },
    pauseHiddenAfterMs: 20_000,
  });
  // [/options]
  assert.equal(client.baseUrl, `${url}/`);
  client.close();
});

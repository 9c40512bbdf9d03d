// SPDX-License-Identifier: MIT
// What becomes of collections when sockets are cut, services are killed, proxies hold streams back and tokens expire.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { afterEach, test } from 'node:test';
import { Detour } from '../../../../tests/clients/detour.mjs';
import { ServiceProcess } from '../../../../tests/clients/service_process.mjs';
import { seeded } from '../random.mjs';
import { TRANSPORTS, assertShowsSnapshot, closeClients, connect, rowsOf, sleep, until, untilStatus } from './clients.mjs';

const clean = [];
afterEach(async () => {
  await closeClients();
  for (const end of clean.splice(0).reverse()) await end();
});

async function startService(...args) {
  const service = await ServiceProcess.start(...args);
  clean.push(() => service.stop('SIGKILL'));
  return service;
}

async function detourTo(service, options) {
  const detour = await Detour.to(service.port, options);
  clean.push(() => detour.close());
  return detour;
}

/** A server in front of the service whose `handle` may answer in its place. */
async function proxyTo(service, handle) {
  const server = http.createServer((request, response) => {
    if (handle(request, response)) return;
    const { method, url, headers: { authorization: _, ...headers } } = request; // the service has no keys
    const inner = http.request({ host: '127.0.0.1', port: service.port, method, path: url, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    inner.on('error', () => response.destroy());
    response.on('close', () => inner.destroy());
    request.pipe(inner);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  clean.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}`;
}

/** Remembers every change, and that each begins where the one before ended. */
function audit(collection) {
  const rows = new Map();
  const seen = new Map();
  const inits = [];
  collection.onChange((changes, { type, id }) => {
    if (type === 'init') inits.push(id);
    for (const { key, values, before } of changes) {
      assert.deepEqual(before, rows.get(key) ?? [], 'a change begins where the last one ended');
      values.length ? rows.set(key, values) : rows.delete(key);
      if (!seen.has(key)) seen.set(key, []);
      seen.get(key).push(values[0]);
    }
    assert.equal(rows.size, collection.size);
  });
  return { seen, inits };
}

for (const transport of TRANSPORTS) {
  test(`${transport}: a cut connection goes on where it was, and nothing is lost or doubled`, async () => {
    const service = await startService();
    const detour = await detourTo(service);
    const client = connect(detour.url, { transports: [transport] });
    const numbers = client.open('numbers');
    const { seen, inits } = audit(numbers);
    await numbers.ready;
    for (let i = 1; i <= 60; ++i) {
      await service.write('numbers', [[1, [i]], [1000 + i, [i]]]);
      if (i % 10 === 0) detour.cut();
    }
    await until(numbers, () => numbers.value(1) === 60 && numbers.status.name === 'live');
    assert.deepEqual(seen.get(1), Array.from({ length: 60 }, (_, i) => i + 1), 'each value once, in order');
    assert.equal(inits.length, 1, 'the service filled every gap');
    assert.equal(numbers.size, 61);
    await assertShowsSnapshot(client, numbers);
  });

  test(`${transport}: sockets cut after any number of bytes, for a while: no half event is ever shown`, async () => {
    const { below } = seeded();
    const service = await startService();
    // A long poll brings all that was missed in one answer: it gets through only if that does.
    const bytesMax = () => 200 + below(transport === 'poll' && below(4) === 0 ? 200_000 : 3000);
    const detour = await detourTo(service, { bytesMax });
    const client = connect(detour.url, { transports: [transport], backoff: { firstMs: 5, maxMs: 30 } });
    const numbers = client.open('numbers');
    const { seen } = audit(numbers);
    let halves = 0;
    numbers.onChange(() => {
      // Every write sets both keys to the same number: whoever sees one without the other sees half a commit.
      if (numbers.value(1) !== numbers.value(2)) halves += 1;
    });
    let last = 0;
    for (let i = 1; i <= 500 || (detour.cuts <= 5 && i < 10_000); last = i++) {
      await service.write('numbers', [[1, [i]], [3 + (i % 40), [i, i, i, i]], [2, [i]]]);
      if (i % 7 === 0) await sleep(below(20));
    }
    await until(numbers, () => numbers.value(1) === last);
    assert.equal(halves, 0);
    assert.ok(detour.cuts > 5, `it was cut ${detour.cuts} times`);
    const values = seen.get(1);
    for (let i = 1; i < values.length; ++i) assert.ok(values[i] > values[i - 1], `${values[i]} comes after ${values[i - 1]}`);
    const direct = connect(service.url);
    assert.deepEqual(rowsOf(numbers), rowsOf(await direct.snapshot('numbers')));
  });

  test(`${transport}: a service that is killed and started anew is found again, and its state replaces the old`, async () => {
    const first = await startService();
    const client = connect(first.url, { transports: [transport] });
    const numbers = client.open('numbers');
    const calls = [];
    await client.write({ numbers: [[1, [1]], [2, [2]], [3, [3]]] }, { visible: numbers });
    numbers.onChange((changes, { type }) => calls.push([type, changes.map(({ key, values }) => [key, values[0]])]));
    const statuses = [];
    numbers.onStatus(({ name }) => statuses.push(name));
    await first.stop('SIGKILL');
    await untilStatus(numbers, 'waiting');
    assert.equal(numbers.size, 3, 'the last state stays');
    const second = await startService('--port', String(first.port));
    await second.write('numbers', [[2, [2]], [4, [4]]]);
    await until(numbers, () => numbers.status.name === 'live' && numbers.has(4));
    assert.deepEqual(rowsOf(numbers), [[2, [2]], [4, [4]]]);
    await client.write({ numbers: [[5, [5]]] }, { visible: numbers });
    await assertShowsSnapshot(client, numbers);
    assert.ok(statuses.includes('reconnecting') && !statuses.includes('connecting') && !statuses.includes('refused'));
    assert.deepEqual(calls.at(-1), ['update', [[5, 5]]]);
    for (const [, changes] of calls) assert.ok(!changes.some(([key]) => key === 2), 'a row that is the same is no change');
  });

  test(`${transport}: a service that stops says when to come back, and that is heeded`, async () => {
    const first = await startService();
    const client = connect(first.url, { transports: [transport] });
    const words = client.open('words');
    await words.ready;
    await sleep(100); // the next long poll is under way
    const waiting = untilStatus(words, 'waiting');
    const before = Date.now();
    await first.stop('SIGTERM');
    const { retryAt } = await waiting;
    assert.ok(retryAt - before >= 490 && retryAt - before < 6500, `after ${retryAt - before} ms, as the service says 500 to 5000`);
    await startService('--port', String(first.port));
    words.retry();
    await untilStatus(words, 'live');
  });
}

const SECRET = 'a secret of thirty-two bytes, or more';

/** A service that wants tokens. */
async function startGuarded() {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'freshet-guarded-'));
  clean.push(() => rm(folder, { recursive: true }));
  await writeFile(path.join(folder, 'config.toml'), `[auth]\nsecret = "${SECRET}"\nrequired = true\nleeway_s = 0\n`);
  return startService('--config', path.join(folder, 'config.toml'));
}

function tokenFor(user, seconds) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub: user, exp: Math.floor(Date.now() / 1000) + seconds })}`;
  return `${text}.${createHmac('sha256', SECRET).update(text).digest('base64url')}`;
}

for (const transport of TRANSPORTS) {
  test(`${transport}: a token that expires on a stream is followed by a new one, and nothing is lost meanwhile`, async () => {
    const service = await startGuarded();
    const writer = connect(service.url, { token: tokenFor('writer', 100) });
    let renewals = 0;
    let token = tokenFor('ada', 2);
    const client = connect(service.url, {
      transports: [transport],
      token: ({ renew }) => {
        if (renew) [renewals, token] = [renewals + 1, tokenFor('ada', 2)];
        return token;
      },
    });
    const [numbers, words] = [client.open('numbers'), client.open('words')];
    const { seen, inits } = audit(numbers);
    await Promise.all([numbers.ready, words.ready]);
    let last = 0;
    for (const end = Date.now() + 5000; Date.now() < end; await sleep(20)) await writer.write({ numbers: [[1, [++last]]] });
    await until(numbers, () => numbers.value(1) === last);
    assert.deepEqual(seen.get(1), Array.from({ length: last }, (_, i) => i + 1));
    assert.equal(inits.length, 1);
    assert.ok(renewals >= 2, `it was renewed ${renewals} times`);
    await client.write({ words: [['a', ['b']]] }, { visible: words });
    assert.equal(words.value('a'), 'b');
  });

  test(`${transport}: who has no token, or one that cannot be renewed, is told so`, async () => {
    const service = await startGuarded();
    const nobody = connect(service.url, { transports: [transport] }).open('words');
    assert.equal((await untilStatus(nobody, 'refused')).error.status, 401);
    const fixed = connect(service.url, { transports: [transport], token: tokenFor('ada', 2) }).open('words');
    await fixed.ready;
    const { error } = await untilStatus(fixed, 'refused');
    assert.equal(error.status, 401);
  });
}

test('a proxy that holds back streams makes room for long polling', async () => {
  const service = await startService();
  const held = [];
  const url = await proxyTo(service, ({ headers, method, url: path }, response) => {
    if (method !== 'GET' || !path.startsWith('/v1/streams/') || headers.accept !== 'text/event-stream') return false;
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.flushHeaders();
    held.push(response);
    return true;
  });
  const client = connect(url, { transports: ['sse', 'poll'], firstEventMs: 200 });
  const words = client.open('words');
  await words.ready;
  assert.equal(held.length, 1);
  await client.write({ words: [['a', ['b']]] }, { visible: words });
  await client.open('numbers').ready;
  assert.equal(held.length, 1, 'the next collection does not try again what did not work');
});

test('a long poll that is held back is live, although there is no news', async () => {
  const service = await startService();
  let isCut = false;
  const url = await proxyTo(service, ({ url: path }, response) => {
    if (!path.includes('since=') || isCut) return false;
    isCut = true;
    response.destroy();
    return true;
  });
  const words = connect(url, { transports: ['poll'] }).open('words');
  await words.ready;
  await until(words, () => isCut);
  await untilStatus(words, 'waiting');
  assert.equal((await untilStatus(words, 'live')).name, 'live');
});

test('a transport that the service does not know makes room for the next', async () => {
  const service = await startService();
  const url = await proxyTo(service, ({ headers }, response) => {
    if (headers.accept !== 'application/x-ndjson') return false;
    response.writeHead(406, { 'Content-Type': 'application/problem+json' }).end('{"status":406,"code":"invalid_argument","primary":"no"}');
    return true;
  });
  await connect(url, { transports: ['ndjson', 'sse'] }).open('words').ready;
});

test('a WebSocket that cannot be opened makes room for the next, but a service that is away does not', async () => {
  const service = await startService();
  let isAway = true;
  const tried = [];
  const url = await proxyTo(service, ({ url: place, headers }, response) => {
    tried.push(place === '/v1/ws' ? 'websocket' : headers.accept === 'text/event-stream' ? 'sse' : 'other');
    if (isAway) response.destroy();
    else if (place === '/v1/ws') response.writeHead(404).end();
    return isAway || place === '/v1/ws';
  });
  const client = connect(url, { transports: ['websocket', 'sse'] });
  const words = client.open('words');
  for (let i = 0; i < 3; ++i) {
    await untilStatus(words, 'waiting');
    await until(words, () => words.status.name === 'connecting');
  }
  assert.ok(!tried.includes('sse'));
  isAway = false;
  await words.ready;
  assert.deepEqual([tried.filter((each) => each === 'websocket').length, tried.at(-1)], [1, 'sse']);
  await client.write({ words: [['a', ['b']]] }, { visible: words });
});

test('a captive page in place of the service is not taken for an answer', async () => {
  const service = await startService();
  let captive = true;
  const url = await proxyTo(service, (_, response) => {
    if (captive) response.writeHead(200, { 'Content-Type': 'text/html' }).end('<h1>Pay first</h1>');
    return captive;
  });
  const words = connect(url).open('words');
  const status = await until(words, () => words.status.name === 'waiting' || words.status.name === 'refused').then(() => words.status);
  assert.equal(status.error.code, 'unreadable');
  captive = false;
  words.retry();
  await untilStatus(words, 'live');
});

test('Retry-After is heeded, and a limit passes', async () => {
  const service = await startService();
  let refusals = 1;
  const url = await proxyTo(service, ({ method }, response) => {
    if (method !== 'POST' || refusals === 0) return false;
    refusals -= 1;
    response.writeHead(503, { 'Content-Type': 'application/problem+json', 'Retry-After': '1' }).end('{"primary":"too many"}');
    return true;
  });
  const words = connect(url).open('words');
  const { retryAt, reason } = await untilStatus(words, 'waiting');
  assert.equal(reason, 'too many');
  assert.ok(retryAt - Date.now() > 900 && retryAt - Date.now() <= 1100);
  await words.ready;
});

test('who may not read is told so, and reads on when he may and asks again', async () => {
  const service = await startService();
  let allowed = false;
  let asked = 0;
  const url = await proxyTo(service, ({ method }, response) => {
    if (method !== 'GET') return false;
    asked += 1;
    if (!allowed) {
      response.writeHead(403, { 'Content-Type': 'application/problem+json' })
        .end(JSON.stringify({ status: 403, code: 'forbidden', primary: 'you may not read words', hint: 'ask Ada' }));
    }
    return !allowed;
  });
  const words = connect(url, { transports: ['sse'] }).open('words');
  const { error, reason } = await untilStatus(words, 'refused');
  assert.deepEqual([error.status, error.code, error.hint, reason], [403, 'forbidden', 'ask Ada', 'you may not read words']);
  await assert.rejects(words.ready, { status: 403 });
  await sleep(300);
  assert.equal(asked, 1, 'it is not asked again by itself');
  allowed = true;
  words.retry();
  await untilStatus(words, 'live');
});

test('a stream that falls silent is taken for dead', async () => {
  const service = await startService();
  let streams = 0;
  const url = await proxyTo(service, ({ headers }, response) => {
    if (headers.accept !== 'text/event-stream' || ++streams > 1) return false;
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.write('event: init\nid: x-1\ndata: [["old",["state"]]]\n\n'); // and never anything again
    return true;
  });
  const words = connect(url, { transports: ['sse'], silenceMs: 300 }).open('words');
  await words.ready;
  assert.equal(words.value('old'), 'state');
  const status = await untilStatus(words, 'waiting');
  assert.match(status.reason, /silent/);
  await until(words, () => words.status.name === 'live' && words.size === 0);
});

test('an event that makes no sense is refused, and what was shown stays', async () => {
  const service = await startService();
  const url = await proxyTo(service, ({ headers }, response) => {
    if (headers.accept !== 'text/event-stream') return false;
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.write('event: init\nid: x-1\ndata: [["a",[1]]]\n\nevent: later_invention\ndata: {}\n\nevent: update\nid: x-2\ndata: [["a",[2]],["b"]]\n\n');
    return true;
  });
  const words = connect(url, { transports: ['sse'] }).open('words');
  const status = await untilStatus(words, 'refused');
  assert.equal(status.error.code, 'unreadable');
  assert.deepEqual(rowsOf(words), [['a', [1]]]);
  assert.equal(words.id, 'x-1');
});

test('a token is renewed once when it is refused, and then the service is right', async () => {
  const service = await startService();
  const url = await proxyTo(service, ({ headers }, response) => {
    if (headers.authorization === 'Bearer good') return false;
    response.writeHead(401, { 'Content-Type': 'application/problem+json' })
      .end(JSON.stringify({ status: 401, code: 'forbidden', primary: 'the token is refused' }));
    return true;
  });
  const asked = [];
  const client = connect(url, {
    token: async ({ renew }) => {
      asked.push(renew);
      return renew ? 'good' : 'stale';
    },
  });
  const words = client.open('words');
  await words.ready;
  assert.deepEqual(asked, [false, true, false, true], 'to open and to read');
  const stale = connect(url, { token: 'stale' }).open('words');
  assert.equal((await untilStatus(stale, 'refused')).error.status, 401);
  const hopeless = connect(url, { token: () => 'stale' }).open('words');
  assert.equal((await untilStatus(hopeless, 'refused')).error.status, 401);
});

test('an instance that others end is opened anew', async () => {
  const service = await startService();
  const client = connect(service.url, { transports: ['sse'] });
  const words = client.open('words');
  await words.ready;
  const instance = await service.open('words'); // a second opening of the same instance
  for (let i = 0; i < 2; ++i) await service.request('DELETE', `/v1/streams/${instance}`);
  await untilStatus(words, 'waiting');
  await untilStatus(words, 'live');
  await client.write({ words: [['a', ['b']]] }, { visible: words });
  assert.equal(words.value('a'), 'b');
});

test('a thousand failures do not pile up: one attempt at a time, and delays within their span', async () => {
  let attempts = 0;
  let atOnce = 0;
  let atOnceMax = 0;
  const client = connect('http://127.0.0.1:1', {
    backoff: { firstMs: 1, maxMs: 5 },
    fetch: async () => {
      attempts += 1;
      atOnceMax = Math.max(atOnceMax, ++atOnce);
      await sleep(1);
      atOnce -= 1;
      throw new TypeError('fetch failed');
    },
  });
  const words = client.open('words');
  const delays = [];
  words.onStatus(({ name, retryAt }) => name === 'waiting' && delays.push(retryAt - Date.now()));
  for (const deadline = Date.now() + 10_000; attempts < 50 && Date.now() < deadline;) await sleep(20);
  assert.ok(attempts >= 50, `${attempts} attempts`);
  assert.equal(atOnceMax, 1);
  assert.ok(Math.max(...delays) <= 5);
  words.close();
  const then = attempts;
  await sleep(30);
  assert.ok(attempts <= then, 'none after it was closed');
});

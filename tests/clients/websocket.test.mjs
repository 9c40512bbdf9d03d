// SPDX-License-Identifier: MIT
// Many streams on one WebSocket as the npm package `ws` sees it, compressed and not.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import WebSocket from 'ws';
import { Detour } from './detour.mjs';
import { sorted } from './folded_stream.mjs';
import { ServiceProcess } from './service_process.mjs';
import { SocketClient, closeSockets } from './socket_client.mjs';

let service;
before(async () => {
  service = await ServiceProcess.start();
});
after(async () => {
  closeSockets();
  assert.equal(await service.stop(), 0);
});

for (const compressed of [false, true]) {
  const how = compressed ? 'compressed' : 'plain';
  const options = { perMessageDeflate: compressed };

  test(`a client reads several streams and writes, ${how}`, async () => {
    const client = await SocketClient.connect(service, options);
    assert.equal(client.socket.protocol, 'freshet.v1');
    assert.equal(client.socket.extensions.includes('permessage-deflate'), compressed);
    const words = await client.subscribe({ resource: 'words' });
    const numbers = await client.subscribe({ resource: 'greater', params: { threshold: 10 } });
    const before = await client.untilEvents(words, 1).then(() => client.streams.get(words).events.length);
    const text = `long enough to be compressed: ${'word '.repeat(200)}`;
    const answer = await client.ask({ type: 'write', inputs: { words: [[how, [text]]], numbers: [[11, [11]], [9, [9]]] } });
    assert.equal(answer.type, 'written');
    assert.ok(answer.version > 0);
    await client.untilEvents(words, before + 1);
    await client.until(() => client.rows(numbers).length === 1);
    assert.deepEqual(client.rows(words).find(([key]) => key === how), [how, [text]]);
    assert.deepEqual(client.rows(numbers), [[11, [11]]]);
    await client.ask({ type: 'write', inputs: { numbers: [[11, []]] } });
    await client.until(() => client.rows(numbers).length === 0);
    assert.deepEqual(await client.close(), { code: 1000, reason: '' });
  });

  test(`messages of every size arrive whole, in parts and out of them, ${how}`, async () => {
    const client = await SocketClient.connect(service, options);
    const stream = await client.subscribe({ resource: 'words' });
    for (const size of [0, 1, 125, 126, 127, 1000, 16_000, 27_000]) {
      const text = 'αβγ€x'.repeat(size / 5 + 1).slice(0, size);
      const message = JSON.stringify({ type: 'write', id: size + 1000, inputs: { words: [[`size ${size}`, [text]]] } });
      const bytes = Buffer.from(message);
      for (let at = 0, part = Math.ceil(bytes.length / 3); at < bytes.length; at += part) {
        client.socket.send(bytes.subarray(at, at + part), { binary: false, fin: at + part >= bytes.length });
        client.socket.ping(`between ${at}`);
      }
      await client.until(() => client.messages.find((answer) => answer.id === size + 1000 && answer.type === 'written'));
      await client.until(() => client.rows(stream).some(([key, [value]]) => key === `size ${size}` && value === text));
    }
    await client.close();
  });
}

test('pings are answered with what they hold', async () => {
  const client = await SocketClient.connect(service);
  const pongs = [];
  client.socket.on('pong', (data) => {
    pongs.push(data.toString());
    client.wake();
  });
  for (const data of ['', 'x', 'y'.repeat(125)]) client.socket.ping(data);
  await client.until(() => pongs.length === 3);
  assert.deepEqual(pongs, ['', 'x', 'y'.repeat(125)]);
  await client.close();
});

test('the codes that a client closes with come back', async () => {
  for (const code of [1000, 1001, 1011, 3000, 4999]) {
    const client = await SocketClient.connect(service);
    assert.deepEqual(await client.close(code), { code, reason: '' });
  }
  const client = await SocketClient.connect(service);
  client.socket.close();
  assert.equal((await client.until(() => client.closed)).code, 1005);
});

test('what breaks the rules is closed with the code for it', async () => {
  const cases = [
    ['a message too big', (socket) => socket.send('x'.repeat(100_000)), 1009],
    ['a binary message', (socket) => socket.send(Buffer.from([1, 2, 3])), 1003],
    ['bytes that are no frame', (socket) => socket._socket.write(Buffer.from([0xff, 0xff, 0xff])), 1002],
    ['a text that is not UTF-8', (socket) => socket.send(Buffer.from([0xff]), { binary: false }), 1007],
  ];
  for (const [what, send, code] of cases) {
    const client = await SocketClient.connect(service, { perMessageDeflate: false });
    send(client.socket);
    const closed = await client.until(() => client.closed, what);
    assert.equal(closed.code, code, what);
    assert.notEqual(closed.reason, '', what);
  }
});

test('a bomb is refused and hurts nobody', async () => {
  const client = await SocketClient.connect(service, { perMessageDeflate: true });
  client.socket.send('x'.repeat(30_000_000));
  assert.equal((await client.until(() => client.closed)).code, 1009);
  assert.equal((await service.request('GET', '/healthz')).status, 200);
});

test('messages that make no sense are answered with what is wrong', async () => {
  const client = await SocketClient.connect(service);
  for (const text of ['hello', '[]', '{"type":"shout","id":5}', '{"type":"subscribe"}']) {
    const seen = client.messages.length;
    client.send(text);
    const answer = await client.until(() => client.messages[seen]);
    assert.equal(answer.type, 'error');
    assert.equal(answer.problem.status, 400);
    assert.ok(answer.problem.primary.length > 0);
  }
  await client.close();
});

test('what is asked for and cannot be had is an error with its id', async () => {
  const client = await SocketClient.connect(service);
  assert.equal((await client.ask({ type: 'subscribe', resource: 'nothing' })).problem.status, 404);
  assert.equal((await client.ask({ type: 'subscribe', stream: 'nothing' })).problem.status, 404);
  assert.equal((await client.ask({ type: 'subscribe', resource: 'greater', params: { threshold: -1 } })).problem.status, 400);
  assert.equal((await client.ask({ type: 'subscribe', resource: 'unbuildable' })).problem.status, 500);
  assert.equal((await client.ask({ type: 'write', inputs: { words: [['forbidden', ['x']]] } })).type, 'error');
  await client.close();
});

test('a handshake that is none is refused', async () => {
  const plain = await service.request('GET', '/v1/ws');
  assert.equal(plain.status, 426);
  assert.equal(plain.headers.upgrade, 'websocket');
  const refused = await new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${service.port}/v1/ws`, { origin: 'https://evil.example' });
    socket.on('unexpected-response', (request, response) => resolve(response.statusCode));
    socket.on('open', () => resolve('open'));
  });
  assert.equal(refused, 403);
});

test('a client that was cut off again and again misses nothing and gets nothing twice', async () => {
  const detour = await Detour.to(service.port);
  const writer = await SocketClient.connect(service);
  const opener = await service.open('numbers');
  let since;
  let rows = new Map();
  let count = 0;
  for (let round = 0; round < 8; ++round) {
    const client = await SocketClient.connect({ port: Number(new URL(detour.url).port) });
    // What was known before goes on: an init would replace it.
    client.streams.set(opener, { rows, id: since, events: [] });
    const stream = await client.subscribe(since ? { stream: opener, since } : { stream: opener });
    for (let write = 0; write < 5; ++write) {
      ++count;
      const rowsToWrite = [[count % 7, count % 3 === 0 ? [] : [count]]];
      assert.equal((await writer.ask({ type: 'write', inputs: { numbers: rowsToWrite } })).type, 'written');
    }
    await client.until(() => client.streams.get(stream)?.events.length >= (round % 2 === 0 ? 1 : 3));
    detour.cut();
    await client.until(() => client.closed);
    ({ id: since, rows } = client.streams.get(stream));
    const inits = client.streams.get(stream).events.filter((event) => event === 'init');
    assert.equal(inits.length, round === 0 ? 1 : 0, 'who comes back gets what it missed, not all anew');
  }
  const last = await SocketClient.connect(service);
  last.streams.set(opener, { rows, id: since, events: [] });
  const stream = await last.subscribe({ stream: opener, since });
  const version = (await last.ask({ type: 'write', inputs: { numbers: [[1000, [1000]]] } })).version;
  await last.until(() => last.streams.get(stream).id?.endsWith(`-${version}`));
  assert.deepEqual(sorted(last.rows(stream)), sorted(await service.snapshot(opener)));
  await last.close();
  await writer.close();
  await detour.close();
});

test('the service says goodbye when it stops', async () => {
  const other = await ServiceProcess.start();
  const client = await SocketClient.connect(other);
  const stream = await client.subscribe({ resource: 'words' });
  await client.untilEvents(stream, 1);
  const stopped = other.stop();
  assert.equal((await client.until(() => client.closed)).code, 1001);
  const farewell = client.messages.at(-1);
  assert.equal(farewell.event, 'close');
  assert.equal(farewell.data.reason, 'stopping');
  assert.ok(farewell.data.retry_ms > 0);
  assert.equal(await stopped, 0);
});

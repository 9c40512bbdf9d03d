// SPDX-License-Identifier: MIT
// Hundreds of clients, clients that are killed, clients that stop reading: whoever reads on is right in the end.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { afterEach, beforeEach, test } from 'node:test';
import { FoldedStream, closeStreams, sorted } from './folded_stream.mjs';
import { ServiceProcess } from './service_process.mjs';

let service;
beforeEach(async () => {
  service = await ServiceProcess.start();
});
afterEach(async () => {
  closeStreams();
  assert.equal(await service.stop(), 0);
});

/** The value of a gauge of /metrics whose name matches, summed over its labels. */
async function metric(name) {
  const { text } = await service.request('GET', '/metrics');
  const lines = text.split('\n').filter((line) => !line.startsWith('#') && name.test(line));
  assert.ok(lines.length > 0, `there is a metric ${name}`);
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

async function untilSessionCount(count) {
  for (let i = 0; i < 100; ++i) {
    if ((await metric(/^freshet_(stream_)?sessions(\{.*\})? /)) === count) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.equal(await metric(/^freshet_(stream_)?sessions(\{.*\})? /), count, 'sessions that are open');
}

test('300 subscribers of one instance all end in the state that a snapshot shows', async () => {
  const instance = await service.open('numbers');
  const streams = Array.from({ length: 300 }, () => new FoldedStream(service.streamUrl(instance)));
  await Promise.all(streams.map((stream) => stream.untilCount('init', 1)));
  let version;
  for (let i = 0; i < 40; ++i) version = await service.write('numbers', [[i % 7, [i]], [100 + i, i % 3 ? [i] : []]]);
  await Promise.all(streams.map((stream) => stream.untilVersion(version)));
  const snapshot = sorted(await service.snapshot(instance));
  for (const stream of streams) {
    assert.deepEqual(stream.state(), snapshot);
    assert.equal(stream.ofType('update').length, 40);
    stream.close();
  }
  await untilSessionCount(0);
});

test('100 instances with parameters of their own each get what is theirs', async () => {
  const streams = await Promise.all(
    Array.from({ length: 100 }, async (_, threshold) =>
      new FoldedStream(service.streamUrl(await service.open('greater', { threshold }))),
    ),
  );
  await Promise.all(streams.map((stream) => stream.untilCount('init', 1)));
  await service.write('numbers', Array.from({ length: 100 }, (_, i) => [i, [i]]));
  await streams[0].untilCount('update', 1);
  for (const [threshold, stream] of streams.entries()) {
    if (threshold < 99) await stream.untilCount('update', 1);
    assert.deepEqual(
      stream.state().map(([key]) => key).sort((left, right) => left - right),
      Array.from({ length: 99 - threshold }, (_, i) => threshold + 1 + i),
    );
    stream.close();
  }
});

test('clients that are killed while data flows leave nothing behind and disturb nobody', async () => {
  const instance = await service.open('words');
  const survivor = new FoldedStream(service.streamUrl(instance));
  await survivor.untilCount('init', 1);

  const victims = Array.from({ length: 40 }, () => {
    const child = spawn('curl', ['-sN', service.streamUrl(instance)], { stdio: ['ignore', 'pipe', 'ignore'] });
    return { child, isReading: once(child.stdout, 'data'), ended: once(child, 'exit') };
  });
  await Promise.all(victims.map((victim) => victim.isReading));
  let version;
  for (let i = 0; i < 200; ++i) {
    if (i % 5 === 0) victims[i / 5].child.kill('SIGKILL');
    version = await service.write('words', [[`key ${i % 20}`, ['x'.repeat(1000) + i]]]);
  }
  await Promise.all(victims.map((victim) => victim.ended));
  await survivor.untilVersion(version);
  assert.equal(survivor.ofType('update').length, 200, 'the survivor misses nothing');
  assert.deepEqual(survivor.state(), sorted(await service.snapshot(instance)));
  await untilSessionCount(1);
  survivor.close();
  await untilSessionCount(0);
});

test('writers that are killed in the middle of a write change all or nothing', async () => {
  const body = JSON.stringify(Array.from({ length: 2000 }, (_, i) => [i, [1]]));
  for (let i = 0; i < 30; ++i) {
    const socket = net.connect(service.port, '127.0.0.1');
    socket.on('error', () => {});
    await once(socket, 'connect');
    socket.write(`PATCH /v1/inputs/numbers HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n`);
    socket.write(body.slice(0, Math.floor((body.length * i) / 29)), () => socket.resetAndDestroy());
    await once(socket, 'close');
  }
  const rows = await service.snapshot(await service.open('numbers'));
  assert.ok(rows.length === 0 || rows.length === 2000, `${rows.length} rows of 2000`);
});

test('a client that stops reading costs the others nothing and is right when it reads on', async () => {
  const instance = await service.open('words');
  const fast = new FoldedStream(service.streamUrl(instance));
  await fast.untilCount('init', 1);
  const slow = net.connect(service.port, '127.0.0.1');
  slow.on('error', () => {});
  slow.write(`GET /v1/streams/${instance} HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n`);
  await once(slow, 'readable');
  slow.pause();

  let version;
  for (let i = 0; i < 400; ++i) version = await service.write('words', [[`key ${i % 10}`, ['y'.repeat(50_000) + i]]]);
  await fast.untilVersion(version);
  assert.equal(fast.ofType('update').length, 400);

  const snapshot = sorted(await service.snapshot(instance));
  const text = await readUntil(slow, (all) => lastVersion(all) >= version);
  assert.deepEqual(sorted([...foldText(text)].map(([key, values]) => [JSON.parse(key), values])), snapshot);
  slow.destroy();
  fast.close();
});

/** All that comes on a socket until `isEnough` says so. */
function readUntil(socket, isEnough) {
  return new Promise((resolve, reject) => {
    let all = '';
    const timer = setTimeout(() => reject(new Error(`not enough after ${all.length} characters`)), 20_000);
    socket.on('data', (part) => {
      all += part;
      if (!all.endsWith('\n\n') || !isEnough(all)) return;
      clearTimeout(timer);
      resolve(all);
    });
    socket.on('close', () => reject(new Error('the service closed the stream')));
    socket.resume();
  });
}

/** The version of the last event in the text of a stream; -1 for none. */
function lastVersion(text) {
  const at = text.lastIndexOf('\nid: ');
  return at < 0 ? -1 : Number(/(\d+)$/.exec(text.slice(at + 5, text.indexOf('\n', at + 5)))[1]);
}

/** The rows that the text of a stream ends in. */
function foldText(text) {
  const rows = new Map();
  for (const event of text.split('\n\n')) {
    const field = (name) => event.split('\n').findLast((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
    if (!['init', 'update'].includes(field('event'))) continue;
    if (field('event') === 'init') rows.clear();
    for (const [key, values] of JSON.parse(field('data'))) {
      if (values.length === 0) rows.delete(JSON.stringify(key));
      else rows.set(JSON.stringify(key), values);
    }
  }
  return rows;
}

// SPDX-License-Identifier: MIT
// The life of a stream as the official `eventsource` client sees it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { FoldedStream, closeStreams, sorted, versionOf } from './folded_stream.mjs';
import { Detour } from './detour.mjs';
import { ServiceProcess } from './service_process.mjs';

let service;
before(async () => {
  service = await ServiceProcess.start();
});
after(async () => {
  closeStreams();
  assert.equal(await service.stop(), 0, 'the service ends cleanly on SIGTERM');
});

test('a client gets the state first and then each change', async () => {
  await service.write('words', [['greeting', ['hello']]]);
  const stream = new FoldedStream(service.streamUrl(await service.open('words')));
  await stream.untilCount('init', 1);
  assert.deepEqual(stream.state(), [['greeting', ['hello']]]);

  const version = await service.write('words', [['greeting', ['good day']], ['farewell', ['bye']]]);
  await stream.untilVersion(version);
  assert.equal(stream.ofType('update').length, 1, 'one commit is one event');
  assert.deepEqual(sorted(JSON.parse(stream.events.at(-1).data)), [['farewell', ['bye']], ['greeting', ['good day']]]);
  assert.equal(versionOf(stream.events.at(-1)), version);

  await stream.untilVersion(await service.write('words', [['farewell', []]]));
  assert.deepEqual(stream.state(), [['greeting', ['good day']]]);
  stream.close();
});

test('a commit that changes nothing for a stream sends nothing', async () => {
  const stream = new FoldedStream(service.streamUrl(await service.open('words')));
  await stream.untilCount('init', 1);
  await service.write('words', [['same', ['x']]]);
  await stream.untilCount('update', 1);
  await service.write('words', [['same', ['x']]]);
  await service.write('numbers', [[1, [1]]]);
  await stream.untilVersion(await service.write('words', [['same', ['y']]]));
  assert.equal(stream.ofType('update').length, 2);
  stream.close();
});

test('equal parameters give the same instance, whatever the order of their JSON keys', async () => {
  const one = await service.request('POST', '/v1/streams/greater', '{"threshold":5,"label":"a"}');
  const two = await service.request('POST', '/v1/streams/greater', ' {"label" : "a", "threshold": 5}');
  const other = await service.request('POST', '/v1/streams/greater', '{"threshold":6,"label":"a"}');
  assert.equal(one.json().reused, false);
  assert.deepEqual(two.json(), { instance_id: one.json().instance_id, reused: true });
  assert.notEqual(other.json().instance_id, one.json().instance_id);
});

test('a parameter left out is the same as its default', async () => {
  const without = await service.request('POST', '/v1/streams/greater', '{"threshold":70}');
  const with_default = await service.request('POST', '/v1/streams/greater', '{"threshold":70,"label":""}');
  assert.equal(with_default.json().instance_id, without.json().instance_id);
});

test('a client that was cut off reconnects and gets what it missed, each change once', async () => {
  const detour = await Detour.to(service.port);
  const instance = await service.open('words');
  const stream = new FoldedStream(`${detour.url}/v1/streams/${instance}`);
  await stream.untilCount('init', 1);
  await stream.untilVersion(await service.write('words', [['before', ['1']]]));

  detour.cut();
  await stream.until((s) => s.connectionErrors > 0, 'the client notices');
  const missed = [
    await service.write('words', [['before', []], ['meanwhile', ['1']]]),
    await service.write('words', [['meanwhile', ['2']]]),
  ];
  await stream.untilVersion(missed.at(-1));
  const version = await service.write('words', [['afterwards', ['3']]]);
  await stream.untilVersion(version);
  assert.equal(stream.ofType('init').length, 1, 'nothing had to begin anew');
  assert.deepEqual(stream.ofType('update').slice(-3).map(versionOf), [...missed, version]);
  assert.deepEqual(stream.state(), sorted(await service.snapshot(instance)));
  assert.equal(stream.rows.has('"before"'), false, 'what went away meanwhile is gone');
  stream.close();
  await detour.close();
});

test('deleting the last opening ends the stream with a close event and the instance with it', async () => {
  const instance = await service.open('greater', { threshold: 1000 });
  const stream = new FoldedStream(service.streamUrl(instance));
  await stream.untilCount('init', 1);
  const answer = await service.request('DELETE', `/v1/streams/${instance}`);
  assert.equal(answer.status, 204);
  await stream.untilCount('close', 1);
  stream.close();
  assert.equal((await service.request('GET', `/v1/streams/${instance}`)).status, 404);
  assert.equal((await service.request('DELETE', `/v1/streams/${instance}`)).status, 404);
  assert.equal((await service.request('GET', `/v1/snapshot/${instance}`)).status, 404);
});

test('nobody can end a stream that others opened', async () => {
  const instance = await service.open('greater', { threshold: 2000 });
  assert.equal(await service.open('greater', { threshold: 2000 }), instance);
  const stream = new FoldedStream(service.streamUrl(instance));
  await stream.untilCount('init', 1);
  assert.equal((await service.request('DELETE', `/v1/streams/${instance}`)).status, 204);
  await stream.untilVersion(await service.write('numbers', [[2001, [2001]]]));
  assert.equal(stream.ofType('close').length, 0);
  assert.equal((await service.request('DELETE', `/v1/streams/${instance}`)).status, 204);
  await stream.untilCount('close', 1);
  stream.close();
});

test('a client that finds its service restarted is refused for good and opens anew', async () => {
  const first = await ServiceProcess.start();
  const stream = new FoldedStream(first.streamUrl(await first.open('words')));
  await stream.untilCount('init', 1);
  await first.stop();
  const second = await ServiceProcess.start('--port', String(first.port));
  await stream.until((s) => s.source.readyState === 2, 'the client gives up on an instance that is no more', 20_000);
  const again = new FoldedStream(second.streamUrl(await second.open('words')));
  await again.untilCount('init', 1);
  again.close();
  stream.close();
  assert.equal(await second.stop('SIGINT'), 0);
});

// SPDX-License-Identifier: MIT
// The clients of Skip, unchanged: the package @skipruntime/helpers against the port that speaks its dialect.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { SkipExternalService, SkipServiceBroker } from '@skipruntime/helpers';
import { FoldedStream, closeStreams } from './folded_stream.mjs';
import { ServiceProcess } from './service_process.mjs';

let service, folder, controlPort, broker;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'freshet-skip-'));
  const config = join(folder, 'service.toml');
  writeFileSync(config, '[skip]\ncontrol_port = 0\n');
  service = await ServiceProcess.start('--config', config);
  controlPort = Number(/^listening on http:\/\/[^:]+:(\d+) for clients of Skip$/.exec(await service.nextLine())[1]);
  broker = new SkipServiceBroker(entrypoint(), 10_000);
});
after(async () => {
  closeStreams();
  assert.equal(await service.stop(), 0, 'the service ends cleanly on SIGTERM');
  rmSync(folder, { recursive: true });
});

const entrypoint = () => ({ host: '127.0.0.1', streaming_port: service.port, control_port: controlPort });

/** Whether an error is one of that class of the package. */
const isA = (name) => (error) => error.constructor.name === name;

/** A request of our own to the port of the dialect. */
const control = (method, path, body) =>
  fetch(`http://127.0.0.1:${controlPort}${path}`, {
    method, body: body === undefined ? undefined : JSON.stringify(body), headers: { 'Content-Type': 'application/json' },
  });

test('the broker is made from the two ports', async () => {
  const server = { host: '127.0.0.1', port: service.port };
  const skip = { port: controlPort };
  // [broker]
  const broker = new SkipServiceBroker({
    host: server.host,
    streaming_port: server.port,
    control_port: skip.port,
  });
  await broker.update('words', [['greeting', ['hello']]]);
  const greeting = await broker.getUnique('words', {}, 'greeting');
  // [/broker]
  assert.equal(greeting, 'hello');
  await broker.deleteKey('words', 'greeting');
});

test('update and deleteKey write, getAll, getArray and getUnique read', async () => {
  assert.equal(await broker.update('words', [['a', ['1', '2']], ['b', ['3']]]), undefined);
  assert.deepEqual(await broker.getAll('words', {}), [['a', ['1', '2']], ['b', ['3']]]);
  assert.deepEqual(await broker.getAll('words'), [['a', ['1', '2']], ['b', ['3']]], 'parameters may be left out');
  assert.deepEqual(await broker.getArray('words', {}, 'a'), ['1', '2']);
  assert.deepEqual(await broker.getArray('words', {}, 'nobody'), []);
  assert.equal(await broker.getUnique('words', {}, 'b'), '3');
  await assert.rejects(broker.getUnique('words', {}, 'a'), isA('SkipNonUniqueValueError'));
  await assert.rejects(broker.getUnique('words', {}, 'nobody'), isA('SkipNonUniqueValueError'));
  await broker.deleteKey('words', 'a');
  assert.deepEqual(await broker.getAll('words', {}), [['b', ['3']]]);
  await broker.deleteKey('words', 'b');
  assert.deepEqual(await broker.getAll('words', {}), []);
});

test('keys and values of every kind pass through lookups as they are', async () => {
  await broker.update('dwellers', [[{ street: 'a]"[,', house: 0 }, [{ name: '],[', age: 3 }, { name: '', age: -1 }]]]);
  const dwellers = await broker.getArray('dwellers', {}, { street: 'a]"[,', house: 0 });
  assert.deepEqual(dwellers, [{ name: '],[', age: 3 }, { name: '', age: -1 }]);
  await broker.update('lists', [['l', [[], [1, 2]]]]);
  assert.deepEqual(await broker.getArray('lists', {}, 'l'), [[], [1, 2]]);
  await broker.update('maybes', [['m', [null]]]);
  assert.deepEqual(await broker.getArray('maybes', {}, 'm'), [null]);
  await broker.update('flags', [['f', [false]]]);
  assert.equal(await broker.getUnique('flags', {}, 'f'), false);
});

test('parameters make instances', async () => {
  await broker.update('numbers', [[1, [10]], [2, [20]]]);
  assert.deepEqual(await broker.getAll('greater', { threshold: 15 }), [[2, [20]]]);
  assert.deepEqual(await broker.getArray('greater', { threshold: 15 }, 1), []);
  assert.equal(await broker.getUnique('greater', { threshold: 5, label: 'x' }, 1), 10);
});

test('getStreamUUID gives what the streaming port streams, deleteUUID ends it', async () => {
  await broker.update('words', [['greeting', ['hello']]]);
  const uuid = await broker.getStreamUUID('words');
  assert.match(uuid, /^[\w.-]+$/);
  const stream = new FoldedStream(service.streamUrl(uuid));
  await stream.untilCount('init', 1);
  assert.deepEqual(stream.rows.get('"greeting"'), ['hello']);
  await broker.update('words', [['greeting', ['good day']]]);
  await stream.until((s) => s.rows.get('"greeting"')[0] === 'good day');
  assert.equal(await broker.deleteUUID(uuid), undefined);
  await stream.untilCount('close', 1);
  stream.close();
  await assert.rejects(broker.deleteUUID(uuid), /404/);
});

test('SkipExternalService follows a resource, by either port', async () => {
  for (const streaming_port of [service.port, controlPort]) {
    const external = SkipExternalService.direct({ ...entrypoint(), streaming_port });
    const rows = new Map();
    const inits = [];
    await broker.update('words', [['w', ['0']]]);
    await external.subscribe('mine', 'words', {}, {
      update: async (updates, isInit) => {
        inits.push(isInit);
        if (isInit) rows.clear();
        for (const [key, values] of updates) rows.set(key, values);
      },
      error: assert.fail,
    });
    await broker.update('words', [['w', ['1']]]);
    const deadline = Date.now() + 10_000;
    while (rows.get('w')?.[0] !== '1' && Date.now() < deadline) await new Promise((done) => setTimeout(done, 10));
    assert.deepEqual(rows.get('w'), ['1']);
    assert.equal(inits[0], true);
    await external.shutdown();
  }
});

test('what cannot be done is an error with its status', async () => {
  await assert.rejects(broker.getAll('no_such', {}), isA('SkipFetchError'));
  await assert.rejects(broker.getAll('no_such', {}), /404: Not Found/);
  await assert.rejects(broker.update('no_such', [['a', ['b']]]), /404/);
  await assert.rejects(broker.update('words', [['a', [7]]]), /400/);
  await assert.rejects(broker.update('words', [['forbidden', ['x']]]), /422/);
  await assert.rejects(broker.getAll('greater', { threshold: 'many' }), /400/);
  await assert.rejects(broker.getArray('words', {}, 7), /400/);
  assert.deepEqual(await broker.getArray('words', {}, 'forbidden'), [], 'nothing was applied');
});

test('the answers are those of a Skip service', async () => {
  const opened = await control('POST', '/v1/streams/words', {});
  assert.equal(opened.status, 201);
  const uuid = await opened.text();
  const deleted = await control('DELETE', `/v1/streams/${uuid}`);
  assert.equal(deleted.status, 200);
  assert.equal(await deleted.text(), 'OK');
  const written = await control('PATCH', '/v1/inputs/words', []);
  assert.deepEqual([written.status, await written.text()], [200, 'OK']);
  const health = await control('GET', '/v1/healthcheck');
  assert.deepEqual([health.status, await health.text()], [200, 'OK']);
  assert.equal((await control('GET', '/v1/resources')).status, 404, 'nothing else is there');
});

test('the service itself goes on speaking its own words', async () => {
  const opened = await service.request('POST', '/v1/streams/words', {});
  assert.equal(opened.status, 200);
  assert.equal(typeof opened.json().instance_id, 'string');
  assert.equal((await service.request('DELETE', `/v1/streams/${opened.json().instance_id}`)).status, 204);
});

// SPDX-License-Identifier: MIT
// A mapper that throws: in a strict view it refuses the write, in one client's instance it hurts that instance alone.
import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import { FoldedStream, closeStreams, sorted } from './folded_stream.mjs';
import { ServiceProcess } from './service_process.mjs';

let service;
beforeEach(async () => {
  await service?.stop();
  service = await ServiceProcess.start();
});
after(async () => {
  closeStreams();
  await service.stop();
});

test('a strict view refuses the write, which leaves no trace anywhere', async () => {
  await service.write('numbers', [[1, [1]]]);
  const numbers = new FoldedStream(service.streamUrl(await service.open('numbers')));
  const lucky = new FoldedStream(service.streamUrl(await service.open('lucky')));
  await Promise.all([numbers.untilCount('init', 1), lucky.untilCount('init', 1)]);

  const refused = await service.request('PATCH', '/v1/inputs/numbers', [[2, [2]], [3, [-13]], [4, [4]]]);
  assert.equal(refused.headers['content-type'], 'application/problem+json');
  assert.ok(refused.status >= 400 && refused.status < 500, `the writer is told: ${refused.status}`);
  assert.match(refused.text, /lucky/, 'the error names the view');
  assert.match(refused.text, /3/, 'and the key');
  assert.match(refused.text, /minus thirteen is refused/, 'and the cause');

  const version = await service.write('numbers', [[5, [5]]]);
  await Promise.all([numbers.untilVersion(version), lucky.untilVersion(version)]);
  assert.deepEqual(numbers.state(), [[1, [1]], [5, [5]]]);
  assert.deepEqual(lucky.state(), [[1, [1]], [5, [5]]]);
  assert.equal(numbers.ofType('update').length, 1);
  numbers.close();
  lucky.close();
});

test('the check of an input refuses the write and names the key', async () => {
  const refused = await service.request('PATCH', '/v1/inputs/words', [['fine', ['x']], ['forbidden', ['x']]]);
  assert.ok(refused.status >= 400 && refused.status < 500);
  assert.match(refused.text, /forbidden/);
  assert.match(refused.text, /this word may not be written/);
  assert.deepEqual(await service.snapshot(await service.open('words')), []);
});

test("an error in one client's instance stays there: writes go on, other clients see nothing of it", async () => {
  await service.write('numbers', [[1, [2]], [2, [5]]]);
  const numbers = new FoldedStream(service.streamUrl(await service.open('numbers')));
  const bystander = new FoldedStream(service.streamUrl(await service.open('quotient', { dividend: 1000, shift: 100 })));
  const victim = new FoldedStream(service.streamUrl(await service.open('quotient', { dividend: 10 })));
  await Promise.all([numbers, bystander, victim].map((stream) => stream.untilCount('init', 1)));
  assert.deepEqual(victim.state(), [[1, [5]], [2, [2]]]);

  const version = await service.write('numbers', [[2, [0]]]);
  await Promise.all([numbers.untilVersion(version), bystander.untilVersion(version)]);
  await victim.untilCount('error', 1);
  const error = victim.ofType('error')[0].data;
  assert.match(error, /division by zero/, 'the reader of the instance is told the cause');
  await victim.until((s) => !s.rows.has('2'), 'the failing row is left out');
  assert.deepEqual(victim.state(), [[1, [5]]], 'and only that row');
  assert.equal(bystander.ofType('error').length, 0);
  assert.equal(numbers.ofType('error').length, 0);

  await victim.untilVersion(await service.write('numbers', [[2, [10]]]));
  assert.deepEqual(victim.state(), [[1, [5]], [2, [1]]], 'the row comes back when it is well again');
  for (const stream of [numbers, bystander, victim]) stream.close();
});

test('a client that opens an instance with an error in it is told of it', async () => {
  await service.write('numbers', [[1, [0]], [2, [5]]]);
  const stream = new FoldedStream(service.streamUrl(await service.open('quotient', { dividend: 10 })));
  await stream.untilCount('error', 1);
  assert.deepEqual(stream.state(), [[2, [2]]]);
  assert.match(stream.ofType('error')[0].data, /division by zero/);
  stream.close();
});

test('a resource that cannot be built with its parameters is an answer, not an end', async () => {
  const refused = await service.request('POST', '/v1/streams/unbuildable', {});
  assert.ok(refused.status >= 400 && refused.status < 600);
  assert.equal(refused.headers['content-type'], 'application/problem+json');
  await service.write('words', [['still', ['here']]]);
  assert.deepEqual(sorted(await service.snapshot(await service.open('words'))), [['still', ['here']]]);
});

test('a parameter that makes a mapper fail never makes a write fail', async () => {
  const instance = await service.open('quotient', { dividend: 10, shift: -7 });
  assert.ok((await service.write('numbers', [[1, [7]]])) > 0);
  assert.deepEqual(await service.snapshot(instance), []);
});

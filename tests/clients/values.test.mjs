// SPDX-License-Identifier: MIT
// Falsy values are values, keys are of any kind, and every number arrives as it was sent.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { FoldedStream, closeStreams, sorted } from './folded_stream.mjs';
import { ServiceProcess } from './service_process.mjs';

let service;
before(async () => {
  service = await ServiceProcess.start();
});
after(async () => {
  closeStreams();
  await service.stop();
});

/** Writes rows and checks that a stream, its snapshot and a lookup say the same as was written. */
async function roundTrip(name, rows) {
  const instance = await service.open(name);
  const stream = new FoldedStream(service.streamUrl(instance));
  await stream.untilCount('init', 1);
  await stream.untilVersion(await service.write(name, rows));
  for (const [key, values] of rows) {
    assert.deepEqual(stream.rows.get(JSON.stringify(key)), values, `the stream of ${name}`);
    const lookup = await service.request('POST', `/v1/snapshot/${name}/lookup`, { key, params: {} });
    assert.equal(lookup.status, 200, lookup.text);
    assert.deepEqual(lookup.json(), [[key, values]], `the lookup in ${name}`);
  }
  assert.deepEqual(stream.state(), sorted(await service.snapshot(instance)));
  stream.close();
}

test('empty strings and odd ones are values and keys', () =>
  roundTrip('words', [
    ['', ['']],
    ['empty', ['']],
    ['0', ['0']],
    ['lines', ['one\ntwo\r\nthree\rfour']],
    ['field', ['data: x\nid: 7\n\nevent: init']],
    ['quotes " \\ /', ['\u0000\u0001\u001f\u007f"\\']],
    ['unicode \u00e9 \u2028 \u{1f600}', ['\ufeff\u2029\u{10ffff}']],
  ]));

test('zero and negative numbers are values and keys', () =>
  roundTrip('numbers', [[0, [0]], [-1, [-1]], [7, [0]], [-9007199254740991, [9007199254740991]]]));

test('64-bit integers arrive exactly', async () => {
  const rows = '[[-9223372036854775808,[9223372036854775807]],[9223372036854775807,[-9223372036854775808]]]';
  const instance = await service.open('numbers');
  const stream = new FoldedStream(service.streamUrl(instance));
  await stream.untilCount('init', 1);
  await stream.untilVersion(await service.write('numbers', rows));
  assert.equal(stream.events.at(-1).data, rows);
  assert.match(await service.snapshotText(instance), /\[-9223372036854775808,\[9223372036854775807\]\]/);
  stream.close();
});

test('booleans: false is a value', () => roundTrip('flags', [['on', [true]], ['off', [false]]]));

test('lists: an empty one is a value', () => roundTrip('lists', [['none', [[]]], ['some', [[0, -1]]]]));

test('optional values: null is a value', () => roundTrip('maybes', [['nothing', [null]], ['zero', [0]]]));

test('a key with several values keeps all of them, equal ones too', () =>
  roundTrip('flags', [['several', [false, false, true]]]));

test('structs are keys', () =>
  roundTrip('dwellers', [
    [{ street: '', house: 0 }, [{ name: '', age: 0 }]],
    [{ street: 'Elm', house: -1 }, [{ name: 'Ada', age: 36 }]],
    [{ street: 'Elm', house: 1 }, [{ name: 'Bob', age: 0 }]],
  ]));

test('the keys of a state come in order', async () => {
  await service.write('numbers', [[30, [1]], [-5, [1]], [4, [1]]]);
  const keys = (await service.snapshot(await service.open('numbers'))).map(([key]) => key);
  assert.deepEqual(keys, [...keys].sort((left, right) => left - right));
});

test('the same key twice in one write: the last one counts', async () => {
  await service.write('words', [['twice', ['first']], ['twice', ['second']]]);
  const lookup = await service.request('POST', '/v1/snapshot/words/lookup', { key: 'twice', params: {} });
  assert.deepEqual(lookup.json(), [['twice', ['second']]]);
});

test('several inputs are written in one transaction', async () => {
  const answer = await service.request('PATCH', '/v1/inputs', { words: [['both', ['x']]], numbers: [[77, [7]]] });
  assert.equal(answer.status, 200, answer.text);
  const words = new FoldedStream(service.streamUrl(await service.open('words')));
  await words.untilCount('init', 1);
  const refused = await service.request('PATCH', '/v1/inputs', { words: [['both', ['y']]], numbers: [[1, ['no']]] });
  assert.equal(refused.status, 400);
  assert.match(refused.text, /numbers/);
  assert.deepEqual(words.rows.get('"both"'), ['x'], 'a transaction is applied whole or not at all');
  words.close();
});

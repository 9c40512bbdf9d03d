// SPDX-License-Identifier: MIT
// What the client is made of, piece by piece: exact JSON, rows, delays, the choice of a transport, listeners, errors.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { Backoff } from '../src/backoff.js';
import { versionOf } from '../src/collection.js';
import { FreshetError, isPassing, problemError } from '../src/error.js';
import { canonical, parseExact, stringifyExact } from '../src/json.js';
import { Listeners } from '../src/listeners.js';
import { Rows } from '../src/rows.js';
import { TransportChoice } from '../src/transport_choice.js';
import { seeded } from './random.mjs';

test('whole numbers that a number cannot hold come as BigInt, and go back as they were', () => {
  for (const text of ['9007199254740993', '-9223372036854775808', '[[9007199254740993,[18446744073709551615]]]', '{"a":[9007199254740993,"9007199254740993"]}']) {
    const value = parseExact(text);
    assert.equal(stringifyExact(value), text);
  }
  assert.equal(parseExact('9007199254740993'), 9007199254740993n);
  assert.deepEqual(parseExact('{"id":"9007199254740993","n":9007199254740991,"x":9007199254740993.5}'), {
    id: '9007199254740993', n: 9007199254740991, x: 9007199254740993.5,
  });
});

test('a text of a row cannot pass for a number', () => {
  const text = JSON.stringify(['exact integer:9007199254740993', 'exact integer:#1', '"9007199254740993']);
  assert.deepEqual(parseExact(`[${text},9007199254740993]`), [JSON.parse(text), 9007199254740993n]);
  assert.equal(stringifyExact(['exact integer:1', 2n]), '["exact integer:1",2]');
});

test('what is no JSON stays none', () => {
  for (const text of ['', '{', '[9007199254740993', '9007199254740993 9007199254740993', '"\\9007199254740993']) assert.throws(() => parseExact(text), SyntaxError);
});

test('keys are the same whatever the order of their members', () => {
  assert.equal(canonical({ street: 'a', house: 1, at: { y: [1, { b: 2, a: 1 }], x: null } }),
    canonical({ at: { x: null, y: [1, { a: 1, b: 2 }] }, house: 1, street: 'a' }));
  const different = ['a', '1', 1, 1.5, true, false, null, '', 0, {}, [], ['a'], { a: 1 }, { a: '1' }, { b: 1 }, 2n ** 63n];
  assert.equal(new Set(different.map(canonical)).size, different.length);
  assert.equal(canonical({ a: undefined, b: 1 }), '{"b":1}');
  assert.equal(canonical(7n), canonical(7));
});

test('rows hold values of every kind, the falsy ones as well', () => {
  const rows = new Rows();
  rows.replace([['', ['']], [0, [0, false, null]], [{ street: 's', house: 2 }, ['x']]]);
  assert.deepEqual(rows.get(0), [0, false, null]);
  assert.equal(rows.value(''), '');
  assert.equal(rows.value({ house: 2, street: 's' }), 'x');
  assert.equal(rows.has('0'), false);
  assert.equal(rows.get('none'), undefined);
  assert.equal(rows.size, 3);
  assert.deepEqual([...rows.values()], ['', 0, false, null, 'x']);
  assert.deepEqual([...rows.keys()], ['', 0, { street: 's', house: 2 }]);
});

test('changes say what was before, and only what is different', () => {
  const rows = new Rows();
  assert.deepEqual(rows.update([['a', [1]], ['b', []]]), [{ key: 'a', values: [1], before: [] }]);
  assert.deepEqual(rows.update([['a', [2]]]), [{ key: 'a', values: [2], before: [1] }]);
  const kept = [{ deep: [1] }];
  rows.update([['c', kept]]);
  const changes = rows.replace([['d', [1]], ['c', [{ deep: [1] }]]]);
  assert.deepEqual(changes, [{ key: 'd', values: [1], before: [] }, { key: 'a', values: [], before: [2] }]);
  assert.equal(rows.get('c'), kept, 'what is equal stays the same object');
  assert.deepEqual(rows.update([['d', []]]), [{ key: 'd', values: [], before: [1] }]);
  assert.deepEqual([...rows.keys()], ['c']);
});

test('random changes leave the rows that a plain fold leaves, and their changes lead from one state to the next', () => {
  const { below } = seeded();
  const rows = new Rows();
  let plain = new Map();
  const shown = new Map();
  for (let round = 0; round < 2000; ++round) {
    const batch = [...new Set(Array.from({ length: below(5) }, () => below(12)))].map((key) => [key, below(3) ? [below(4)] : []]);
    const isInit = below(20) === 0;
    const list = isInit ? batch.filter(([, values]) => values.length > 0) : batch;
    if (isInit) plain = new Map();
    for (const [key, values] of list) values.length ? plain.set(key, values) : plain.delete(key);
    for (const { key, values, before } of isInit ? rows.replace(list) : rows.update(list)) {
      assert.deepEqual(before, shown.get(key) ?? []);
      values.length ? shown.set(key, values) : shown.delete(key);
    }
    assert.deepEqual(new Map(rows), plain);
    assert.deepEqual(shown, plain);
  }
});

test('delays are drawn from a span that doubles up to a cap, and begins anew after a stable time', () => {
  const backoff = new Backoff({ firstMs: 100, maxMs: 1000, stableMs: 5000 }, () => 1);
  assert.deepEqual([0, 0, 0, 0, 0, 0].map(() => backoff.next(0)), [100, 200, 400, 800, 1000, 1000]);
  backoff.live(0);
  assert.equal(backoff.next(4999), 1000, 'a connection that did not last is no good sign');
  backoff.live(10_000);
  assert.equal(backoff.next(15_000), 100);
  assert.equal(backoff.next(99_000), 200, 'time without a connection is none');
  backoff.reset();
  assert.equal(backoff.next(0), 100);
});

test('the jitter is full: anything from nothing to the whole span', () => {
  const backoff = new Backoff({ firstMs: 1000, maxMs: 1000 });
  const delays = Array.from({ length: 2000 }, () => backoff.next(0));
  assert.ok(Math.min(...delays) < 50 && Math.max(...delays) > 950 && Math.max(...delays) <= 1000);
  const mean = delays.reduce((sum, each) => sum + each, 0) / delays.length;
  assert.ok(mean > 440 && mean < 560, `mean ${mean}`);
});

test('what the service asks for is waited for in any case, until a connection is live again', () => {
  const backoff = new Backoff({ firstMs: 100, maxMs: 1000 }, () => 0.5);
  backoff.ask(3000);
  assert.deepEqual([backoff.next(0), backoff.next(0)], [3050, 3100]);
  backoff.live(0);
  assert.equal(backoff.next(1), 200);
  backoff.ask(1e12);
  assert.ok(backoff.next(0) < 400_000, 'within reason');
});

test('a transport that never worked makes room at once, one that did only after some failures', () => {
  const [sse, poll] = [{ name: 'sse' }, { name: 'poll' }];
  const choice = new TransportChoice([sse, poll]);
  choice.failed(poll); // not the one in use
  assert.equal(choice.current, sse);
  choice.failed(sse);
  assert.equal(choice.current, poll);
  choice.worked(poll);
  choice.failed(poll);
  choice.failed(poll);
  assert.equal(choice.current, poll);
  choice.worked(poll);
  for (let i = 0; i < 3; ++i) choice.failed(poll);
  assert.equal(choice.current, sse);
});

test('a listener that throws disturbs nobody, and what it threw is not hidden', () => {
  const program = `
    import { Listeners } from ${JSON.stringify(new URL('../src/listeners.js', import.meta.url).href)};
    process.on('uncaughtException', (error) => console.log('uncaught: ' + error.message));
    const listeners = new Listeners();
    listeners.add(() => { throw new Error('of a listener'); });
    const stop = listeners.add((value) => console.log(value));
    listeners.call(1);
    stop();
    listeners.call(2);`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
  assert.deepEqual(stdout.trim().split('\n'), ['1', 'uncaught: of a listener', 'uncaught: of a listener']);
});

test('a listener that another has just removed is not called', () => {
  const listeners = new Listeners();
  let stop = () => {};
  let calls = 0;
  listeners.add(() => stop());
  stop = listeners.add(() => (calls += 1));
  listeners.call();
  assert.equal(calls, 0);
});

test('problems become errors that say what the service said', () => {
  const error = problemError(422, {
    type: 'about:blank', title: 'Unprocessable', status: 422, code: 'refused', primary: 'no', detail: 'because', hint: 'else', path: '$.a',
  });
  assert.ok(error instanceof FreshetError && error instanceof Error);
  const { status, code, primary, detail, hint, path, message } = error;
  assert.deepEqual({ status, code, primary, detail, hint, path, message },
    { status: 422, code: 'refused', primary: 'no', detail: 'because', hint: 'else', path: '$.a', message: 'no: because' });
  assert.equal(problemError(502, undefined).code, 'http_502');
  assert.equal(problemError(503, {}, '7').retryAfterMs, 7000);
  assert.equal(problemError(503, {}, 'Thu, 01 Jan 1970 00:00:00 GMT').retryAfterMs, 0);
  assert.equal(problemError(503, {}, 'nonsense').retryAfterMs, undefined);
});

test('what can pass is told from what will be refused again', () => {
  for (const status of [408, 425, 429, 500, 502, 503, 504]) assert.equal(isPassing(problemError(status, {})), true, String(status));
  for (const status of [400, 401, 403, 404, 406, 413, 422]) assert.equal(isPassing(problemError(status, {})), false, String(status));
  assert.equal(isPassing(new FreshetError({ code: 'unreachable', primary: '' })), true);
  assert.equal(isPassing(new FreshetError({ code: 'unreadable', primary: '' })), false);
});

test('ids name versions, or nothing', () => {
  assert.equal(versionOf('ab12-17'), 17);
  assert.equal(versionOf('ab12-17.1'), 17);
  assert.equal(versionOf('ab12-17.1e'), 17);
  assert.ok(Number.isNaN(versionOf('')) && Number.isNaN(versionOf('17')) && Number.isNaN(versionOf('a-b')));
});

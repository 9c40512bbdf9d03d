// SPDX-License-Identifier: MIT
// The parser of server-sent events: one stream of bytes gives the same events however it is cut.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LineSplitter, SseParser } from '../src/sse_parser.js';
import { seeded } from './random.mjs';

const encoder = new TextEncoder();

/** What a parser tells when it is fed these pieces. */
function told(pieces, lengthMax) {
  const log = [];
  const parser = new SseParser({ onEvent: (event) => log.push(event), onRetry: (ms) => log.push({ retry: ms }) }, lengthMax);
  for (const piece of pieces) parser.push(piece);
  return log;
}

const parse = (text) => told([encoder.encode(text)]);

const CASES = [
  ['an event', 'event: init\nid: e-1\ndata: []\n\n', [{ event: 'init', id: 'e-1', data: '[]' }]],
  ['no name', 'data: x\n\n', [{ event: 'message', id: '', data: 'x' }]],
  ['several lines', 'data: a\ndata:b\ndata\n\n', [{ event: 'message', id: '', data: 'a\nb\n' }]],
  ['CR', 'data: a\r\rdata: b\r\r', [{ event: 'message', id: '', data: 'a' }, { event: 'message', id: '', data: 'b' }]],
  ['CRLF', 'data: a\r\n\r\ndata: b\r\n\r\n', [{ event: 'message', id: '', data: 'a' }, { event: 'message', id: '', data: 'b' }]],
  ['mixed ends', 'data: a\r\ndata: b\n\rdata: c\r\r\n', [
    { event: 'message', id: '', data: 'a\nb' }, { event: 'message', id: '', data: 'c' }]],
  ['a byte order mark', '\ufeffdata: a\n\n', [{ event: 'message', id: '', data: 'a' }]],
  ['only one byte order mark', '\ufeff\ufeffdata: a\n\n', []],
  ['comments', ':\n: still here\nda:ta\ndata: a\n:data: b\n\n', [{ event: 'message', id: '', data: 'a' }]],
  ['one space is dropped', 'data:  a\n\n', [{ event: 'message', id: '', data: ' a' }]],
  ['empty data are data', 'data\n\n', [{ event: 'message', id: '', data: '' }]],
  ['no data is no event', 'event: init\nid: e-1\n\ndata: a\n\n', [{ event: 'message', id: 'e-1', data: 'a' }]],
  ['ids last', 'id: e-1\ndata: a\n\ndata: b\n\nid\ndata: c\n\n', [
    { event: 'message', id: 'e-1', data: 'a' }, { event: 'message', id: 'e-1', data: 'b' }, { event: 'message', id: '', data: 'c' }]],
  ['no id with a NUL', 'id: a\0b\ndata: a\n\n', [{ event: 'message', id: '', data: 'a' }]],
  ['retry', 'retry: 1500\nretry: soon\nretry: -1\nretry: 1.5\n\n', [{ retry: 1500 }]],
  ['names are case-sensitive', 'Data: a\nDATA: b\n\n', []],
  ['an end in the middle is no event', 'data: a\n\nevent: update\ndata: half', [{ event: 'message', id: '', data: 'a' }]],
  ['an end before the empty line is no event', 'data: a\n', []],
  ['letters of several bytes', 'data: "é€😀"\n\n', [{ event: 'message', id: '', data: '"é€😀"' }]],
];

for (const [name, text, expected] of CASES) {
  test(`${name}: read as the standard says`, () => assert.deepEqual(parse(text), expected));

  test(`${name}: the same when cut anywhere`, () => {
    const bytes = encoder.encode(text);
    for (let first = 0; first <= bytes.length; ++first) {
      for (let second = first; second <= bytes.length; ++second) {
        const pieces = [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)];
        assert.deepEqual(told(pieces), expected, `cut at ${first} and ${second}`);
      }
    }
    assert.deepEqual(told([...bytes].map((byte) => Uint8Array.of(byte))), expected, 'byte by byte');
  });
}

test('every split of a random stream gives the same events', () => {
  const { below, pick } = seeded();
  const PARTS = ['data', 'event', 'id', 'retry', ':', ': ', ' ', '\r', '\n', '\r\n', '\n\n', '\r\r', 'a', '[["k",[1]]]', '7', '😀', '\0', '\ufeff', 'é'];
  for (let round = 0; round < 400; ++round) {
    const text = Array.from({ length: below(40) }, () => pick(PARTS)).join('');
    const bytes = encoder.encode(text);
    const whole = told([bytes]);
    for (let split = 0; split < 10; ++split) {
      const pieces = [];
      for (let at = 0; at < bytes.length;) {
        const end = at + 1 + below(below(2) ? 3 : bytes.length);
        pieces.push(bytes.subarray(at, end));
        at = end;
      }
      assert.deepEqual(told(pieces), whole, JSON.stringify(text));
    }
  }
});

test('an event that is too long is refused before it is kept', () => {
  const long = encoder.encode('x'.repeat(40));
  for (const pieces of [[encoder.encode('data: '), long, long, long], [encoder.encode(`data: ${'x'.repeat(60)}\ndata: ${'x'.repeat(60)}\n\n`)]])
    assert.throws(() => told(pieces, 100), { name: 'FreshetError', code: 'unreadable' });
  assert.equal(told([encoder.encode(`data: ${'x'.repeat(60)}\n\ndata: ${'x'.repeat(60)}\n\n`)], 100).length, 2);
});

test('lines are split the same however they are cut', () => {
  const { below } = seeded();
  for (let round = 0; round < 500; ++round) {
    const text = Array.from({ length: below(12) }, () => ['a', '\r', '\n', '\r\n', '{"x":1}'][below(5)]).join('');
    const split = (pieces) => {
      const lines = [];
      const splitter = new LineSplitter((line) => lines.push(line), 1000);
      for (const piece of pieces) splitter.push(piece);
      return lines;
    };
    const expected = text.split(/\r\n|\r|\n/).slice(0, -1);
    assert.deepEqual(split([text]), expected, JSON.stringify(text));
    assert.deepEqual(split([...text]), expected, JSON.stringify(text));
    const at = below(text.length + 1);
    assert.deepEqual(split([text.slice(0, at), text.slice(at)]), expected, `${JSON.stringify(text)} cut at ${at}`);
  }
});

// SPDX-License-Identifier: MIT
// Malformed requests of every kind: each gets a clear answer at once, nothing is applied, and the service lives on.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { ServiceProcess } from './service_process.mjs';

let service;
before(async () => {
  service = await ServiceProcess.start();
  await service.write('words', [['kept', ['as it is']]]);
});
afterEach(async () => {
  assert.equal((await service.request('GET', '/healthz')).status, 200, 'the service lives on');
  const answer = await service.request('POST', '/v1/snapshot/words', {});
  assert.deepEqual(answer.json(), [['kept', ['as it is']]], 'nothing was applied');
});
after(async () => {
  assert.equal(await service.stop(), 0);
});

/** The status of the only answer in `text`; null when there is none. */
function statusOf(text) {
  const match = /^HTTP\/1\.1 (\d{3}) /.exec(text);
  return match ? Number(match[1]) : null;
}

const get = (fields) => `GET /healthz HTTP/1.1\r\n${fields}\r\n`;
const HOST = 'Host: x\r\n';
const patch = (fields, body = '[]') => `PATCH /v1/inputs/words HTTP/1.1\r\n${HOST}${fields}\r\n${body}`;

const BAD_HEADS = [
  ['a method alone', 'GET\r\n\r\n', [400]],
  ['binary rubbish', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n', [400]],
  ['two spaces in the request line', `GET  /healthz HTTP/1.1\r\n${HOST}\r\n`, [400]],
  ['a target without a slash', `GET healthz HTTP/1.1\r\n${HOST}\r\n`, [400]],
  ['a control character in the target', `GET /health\x01z HTTP/1.1\r\n${HOST}\r\n`, [400]],
  ['a method nobody knows', `BREW /healthz HTTP/1.1\r\n${HOST}\r\n`, [405, 501]],
  ['a method in lower case', `get /healthz HTTP/1.1\r\n${HOST}\r\n`, [400, 405, 501]],
  ['a version without digits', `GET /healthz HTTP/x.y\r\n${HOST}\r\n`, [400]],
  ['a version from the future', `GET /healthz HTTP/3.7\r\n${HOST}\r\n`, [400, 505]],
  ['no host', get(''), [400]],
  ['two hosts', get('Host: a\r\nHost: b\r\n'), [400]],
  ['a space before the colon', get(`${HOST}X-A : b\r\n`), [400]],
  ['a folded field', get(`${HOST}X-A: b\r\n c\r\n`), [400]],
  ['a field without a colon', get(`${HOST}nonsense\r\n`), [400]],
  ['a field without a name', get(`${HOST}: b\r\n`), [400]],
  ['a NUL in a field', get(`${HOST}X-A: b\x00c\r\n`), [400]],
  ['a bare CR in a field', get(`${HOST}X-A: b\rc\r\n`), [400]],
  ['too long a target', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\n${HOST}\r\n`, [414]],
  ['too long a field', get(`${HOST}X-A: ${'b'.repeat(40_000)}\r\n`), [431]],
  ['too many fields', get(HOST + 'X-A: b\r\n'.repeat(300)), [431]],
  ['an escape that is none', `GET /v1/snapshot/%zz HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`, [400, 404]],
  ['an escaped NUL', `GET /v1/snapshot/a%00b HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`, [400, 404]],
  ['an escape that is not UTF-8', `GET /v1/snapshot/%ff%fe HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`, [400, 404]],
  ['a path that climbs', `GET /../../etc/passwd HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`, [400, 404]],
];

const BAD_FRAMES = [
  ['a length that is no number', patch('Content-Length: abc\r\n'), [400]],
  ['a negative length', patch('Content-Length: -1\r\n'), [400]],
  ['a length with a sign', patch('Content-Length: +2\r\n'), [400]],
  ['a length with a list', patch('Content-Length: 2, 2\r\n'), [400]],
  ['two lengths', patch('Content-Length: 2\r\nContent-Length: 3\r\n'), [400]],
  ['a length beyond 64 bits', patch('Content-Length: 99999999999999999999999\r\n'), [400, 413]],
  ['a length beyond the limit', patch('Content-Length: 4000000000\r\n'), [413]],
  ['a length and chunks', patch('Content-Length: 2\r\nTransfer-Encoding: chunked\r\n', '2\r\n[]\r\n0\r\n\r\n'), [400]],
  ['a coding nobody knows', patch('Transfer-Encoding: gzip\r\n'), [400, 501]],
  ['chunks not last', patch('Transfer-Encoding: chunked, gzip\r\n'), [400, 501]],
  ['a chunk size that is no number', patch('Transfer-Encoding: chunked\r\n', 'zz\r\n[]\r\n0\r\n\r\n'), [400]],
  ['a negative chunk size', patch('Transfer-Encoding: chunked\r\n', '-2\r\n[]\r\n0\r\n\r\n'), [400]],
  ['a chunk size beyond 64 bits', patch('Transfer-Encoding: chunked\r\n', `${'f'.repeat(20)}\r\n[]\r\n0\r\n\r\n`), [400, 413]],
  ['a chunk longer than it says', patch('Transfer-Encoding: chunked\r\n', '1\r\n[]\r\n0\r\n\r\n'), [400]],
  ['a body beyond the limit in chunks', patch('Transfer-Encoding: chunked\r\n', `200000\r\n${' '.repeat(0x200000)}\r\n0\r\n\r\n`), [413]],
];

for (const [what, bytes, statuses] of [...BAD_HEADS, ...BAD_FRAMES])
  test(`a request with ${what} is answered with ${statuses.join(' or ')} and the connection closed`, async () => {
    const text = await service.exchange(`${bytes}`);
    assert.ok(statuses.includes(statusOf(text)), `got: ${JSON.stringify(text.slice(0, 300))}`);
    assert.match(text, /content-type: application\/problem\+json/i);
    assert.equal(text.match(/^HTTP\/1\.1 /gm).length, 1, 'one answer, whatever follows');
  });

const BAD_BODIES = [
  ['nothing', ''],
  ['white space', '  \n'],
  ['no JSON', 'hello'],
  ['half of it', '[["a",["b"'],
  ['something behind it', '[["a",["b"]]] x'],
  ['two documents', '[["a",["b"]]][]'],
  ['single quotes', "[['a',['b']]]"],
  ['a comma too many', '[["a",["b"]],]'],
  ['a comment', '[["a",["b"]]] // no'],
  ['NaN', '[["a",[NaN]]]'],
  ['an object for the rows', '{"a":["b"]}'],
  ['a text for the rows', '"a"'],
  ['null for the rows', 'null'],
  ['a row that is no list', '["a"]'],
  ['a row without values', '[["a"]]'],
  ['a row with more than values', '[["a",["b"],1]]'],
  ['values that are no list', '[["a","b"]]'],
  ['a key of another type', '[[1,["b"]]]'],
  ['null for a key', '[[null,["b"]]]'],
  ['a value of another type', '[["a",[1]]]'],
  ['one good row and one bad', '[["a",["b"]],["c",[7]]]'],
  ['a lone surrogate', '[["a",["\\ud800"]]]'],
  ['a raw control character', '[["a",["\n"]]]'],
  ['an escape that is none', '[["a",["\\x41"]]]'],
  ['bytes that are not UTF-8', Buffer.from('5b5b2261222c5b22ff225d5d5d', 'hex')],
  ['an overlong UTF-8 form', Buffer.from('5b5b2261222c5b22c0af225d5d5d', 'hex')],
  ['brackets without end', '['.repeat(100_000)],
  ['brackets far too deep', `${'['.repeat(5_000)}${']'.repeat(5_000)}`],
];

for (const [what, body] of BAD_BODIES)
  test(`a write with ${what} in its body is refused with 400`, async () => {
    const answer = await service.request('PATCH', '/v1/inputs/words', body);
    assert.equal(answer.status, 400, answer.text);
    assert.equal(answer.headers['content-type'], 'application/problem+json');
    assert.ok(answer.json().primary.length > 0);
  });

test('the path of a bad value is named', async () => {
  const answer = await service.request('PATCH', '/v1/inputs/words', '[["a",["b"]],["c",["d",7]]]');
  assert.match(answer.text, /\$\[1\]\[1\]\[1\]/);
});

test('a body that is too large is refused with 413', async () => {
  const answer = await service.request('PATCH', '/v1/inputs/words', [['a', ['x'.repeat(2_000_000)]]]).catch((error) => error);
  // A client that is still sending may find the connection reset before it reads the answer.
  if (answer instanceof Error) assert.match(answer.code, /ECONNRESET|EPIPE/);
  else assert.equal(answer.status, 413);
});

test('a request that ends in the middle leaves nothing behind', async () => {
  const whole = patch('Content-Length: 13\r\n', '[["a",["b"]]]');
  for (let length = 0; length < whole.length; length += 7) await service.exchange(whole.slice(0, length), { end: true });
});

test('a connection that says nothing and goes leaves nothing behind', async () => {
  for (let i = 0; i < 50; ++i) await service.exchange('', { end: true });
});

test('a request that comes byte by byte is a request', async () => {
  const text = await service.exchange(get(`${HOST}Connection: close\r\n`), { chunkBytes: 1, patienceMs: 10_000 });
  assert.equal(statusOf(text), 200);
});

test('a body in chunks is a body', async () => {
  const body = '3\r\n[["\r\n1;ext=1\r\nk\r\n13\r\nept",["as it is"]]]\r\n0\r\n\r\n';
  const text = await service.exchange(patch('Transfer-Encoding: chunked\r\nConnection: close\r\n', body));
  assert.equal(statusOf(text), 200, text);
});

test('requests in one go are answered in their order', async () => {
  const text = await service.exchange(`${get(HOST)}GET /nowhere HTTP/1.1\r\n${HOST}\r\n${get(`${HOST}Connection: close\r\n`)}`);
  assert.deepEqual([...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map((match) => match[1]), ['200', '404', '200']);
});

test('HEAD is GET without a body, and an absolute target is a target', async () => {
  const head = await service.exchange(`HEAD /healthz HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`);
  assert.equal(statusOf(head), 200);
  assert.ok(head.endsWith('\r\n\r\n'), 'no body');
  const absolute = await service.exchange(`GET http://x/healthz HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`);
  assert.equal(statusOf(absolute), 200, absolute);
});

test('HTTP/1.0 is spoken to who speaks it', async () => {
  const text = await service.exchange('GET /healthz HTTP/1.0\r\n\r\n');
  assert.equal(statusOf(text), 200, text);
});

test('who waits for 100 Continue is told to go on', async () => {
  const text = await service.exchange(patch('Content-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n'));
  assert.match(text, /HTTP\/1\.1 200/);
});

test('a reader that talks into its stream without end is shown the door', async () => {
  const instance = await service.open('words');
  const request = `GET /v1/streams/${instance} HTTP/1.1\r\n${HOST}Accept: text/event-stream\r\n\r\n`;
  const text = await service.exchange(`${request}${'talk '.repeat(100_000)}`, { chunkBytes: 4096 });
  assert.equal(statusOf(text), 200);
});

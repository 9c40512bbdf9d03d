// SPDX-License-Identifier: MIT
// HTTP/2 as curl and Node see it.
import assert from 'node:assert/strict';
import http2 from 'node:http2';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { ServerProcess, until } from './server_process.mjs';

let server;
before(async () => {
  server = await ServerProcess.start();
});
after(async () => {
  assert.equal(await server.stop(), 0);
});

async function answer(stream) {
  const [headers] = await once(stream, 'response');
  const parts = [];
  for await (const part of stream) parts.push(part);
  return { headers, body: Buffer.concat(parts).toString() };
}

const numbersOf = (text) => text.split('\n\n').slice(0, -1).map((event) => parseInt(event.slice(6), 10));

test('curl speaks it by prior knowledge', async () => {
  const out = await server.curl('--http2-prior-knowledge', '-w', '%{http_version}', `${server.plain}/hello`);
  assert.equal(out, 'hello\n2');
  const large = await server.curl('--http2-prior-knowledge', `${server.plain}/large`);
  assert.equal(large.length, 4 * 1024 * 1024);
  const head = await server.curl('--http2-prior-knowledge', '-I', `${server.plain}/large`);
  assert.match(head, /content-length: 4194304/);
});

test('HTTP/1.1 is spoken on the same port', async () => {
  assert.equal(await server.curl('-w', '%{http_version}', `${server.plain}/hello`), 'hello\n1.1');
});

for (const kind of ['plain', 'tls']) {
  test(`Node: a hundred streams over one connection, one of them stalled (${kind})`, async () => {
    const session = http2.connect(server[kind], { ca: server.authority });
    const texts = [];
    const streams = [];
    for (let index = 0; index < 100; ++index) {
      const stream = session.request({ ':path': '/ticks' });
      texts.push('');
      stream.on('data', (part) => (texts[index] += part));
      stream.on('error', () => {});
      streams.push(stream);
    }
    await until(() => texts.every((text) => text.length > 2_000));
    streams[7].pause();
    const before = texts.map((text) => text.length);
    await until(() => texts.every((text, index) => index === 7 || text.length > before[index] + 200_000));
    // A request overtakes them.
    const stream = session.request({ ':path': '/hello' });
    assert.equal((await answer(stream)).body, 'hello\n');
    streams[7].resume();
    await until(() => texts[7].length > before[7] + 200_000);
    texts.forEach((text, index) => {
      const numbers = numbersOf(text);
      for (let at = 1; at < numbers.length; ++at) {
        // The stalled one may have a gap, where the server held back; nothing comes twice or out of order.
        if (index === 7) assert.ok(numbers[at] > numbers[at - 1]);
        else assert.equal(numbers[at], numbers[at - 1] + 1);
      }
    });
    streams.forEach((each) => each.close(http2.constants.NGHTTP2_CANCEL));
    await until(async () => JSON.parse(await server.curl(`${server.plain}/stats`)).streams <= 1);
    session.close();
  });
}

test('Node: bodies in both directions at once', async () => {
  const session = http2.connect(server.plain);
  const body = 'b'.repeat(500_000);
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => {
      const stream = session.request({ ':method': 'POST', ':path': '/echo' });
      stream.end(body);
      return answer(stream);
    }),
  );
  for (const each of answers) assert.equal(each.body, body);
  session.close();
});

test('Node: many requests, one after the other, are all answered', async () => {
  const session = http2.connect(server.plain);
  for (let round = 0; round < 20; ++round) {
    const streams = Array.from({ length: 50 }, () => session.request({ ':path': '/hello' }));
    for (const each of await Promise.all(streams.map(answer))) assert.equal(each.headers[':status'], 200);
  }
  session.close();
});

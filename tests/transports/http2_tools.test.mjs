// SPDX-License-Identifier: MIT
// HTTP/2 and HTTP/1.1 as nghttp2's own tools and curl speak them, on the same port.
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { ServerProcess } from './server_process.mjs';

const isInstalled = (program) => spawnSync(program, ['--version']).status === 0;
const skip = isInstalled('h2load') && isInstalled('nghttp') ? false : 'nghttp2-client is not installed';

let server;
before(async () => {
  server = await ServerProcess.start();
});
after(async () => {
  assert.equal(await server.stop(), 0);
});

async function run(program, ...args) {
  const { stdout } = await promisify(execFile)(program, args, { timeout: 60_000, maxBuffer: 32 * 1024 * 1024 });
  return stdout;
}
const stats = async () => JSON.parse(await server.curl(`${server.plain}/stats`));

for (const [kind, options] of [['plain', []], ['tls', []], ['plain', ['--h1']], ['tls', ['--h1']]]) {
  test(`h2load gets all of its answers (${[kind, ...options].join(' ')})`, { skip }, async () => {
    const [requests, clients] = [4_000, 8];
    const said = await run('h2load', ...options, '-n', `${requests}`, '-c', `${clients}`, '-m', '32', `${server[kind]}/hello`);
    assert.match(said, /4000 succeeded, 0 failed, 0 errored, 0 timeout/);
    assert.match(said, /status codes: 4000 2xx/);
  });
}

test('h2load sends bodies and gets large answers', { skip }, async () => {
  const small = ['-n', '40', '-c', '4', '-m', '4'];
  assert.match(await run('h2load', ...small, `${server.plain}/large`), /40 succeeded, 0 failed, 0 errored/);
  assert.match(await run('h2load', ...small, '-d', server.certificate, `${server.plain}/echo`), /40 succeeded, 0 failed/);
  assert.match(await run('h2load', ...small, '-w', '10', '-W', '10', `${server.tls}/large`), /40 succeeded, 0 failed/);
  assert.equal((await stats()).streams, 0);
});

test('nghttp asks for several at once, waits to be asked for its body, and sees where the time goes', { skip }, async () => {
  const said = await run('nghttp', '-v', '-n', `${server.plain}/hello`, `${server.plain}/large`);
  assert.equal(said.match(/:status: 200/g).length, 2);
  const expecting = await run('nghttp', '-v', '--expect-continue', '-d', server.certificate, `${server.plain}/echo`);
  assert.match(expecting, /:status: 100/);
  assert.match(expecting, /:status: 200/);
  assert.match(expecting, /BEGIN CERTIFICATE/);
  const padded = await run('nghttp', '-v', '--padding=64', '-d', server.certificate, `${server.plain}/echo`);
  assert.match(padded, /BEGIN CERTIFICATE/);
});

const FORMS = [
  ['plain', ['--http1.1'], '1.1'],
  ['plain', ['--http1.0'], '1.1'],
  ['plain', ['--http2-prior-knowledge'], '2'],
  ['plain', ['--http2'], '1.1'], // an upgrade is offered, and not taken: RFC 9113 has given it up
  ['tls', ['--http1.1'], '1.1'],
  ['tls', ['--http2'], '2'],
  ['tls', ['--http2', '--tlsv1.2', '--tls-max', '1.2'], '2'],
];
for (const [kind, options, version] of FORMS) {
  test(`curl ${options.join(' ')} (${kind}) speaks HTTP/${version}`, async () => {
    const curl = (...args) => server.curl(...options, '--cacert', server.certificate, ...args);
    assert.equal(await curl('-w', '%{http_version}', `${server[kind]}/hello`), `hello\n${version}`);
    const understood = JSON.parse(await curl('-X', 'PATCH', '-H', 'X-Twice: 1', '-H', 'x-twice: 2', '-d', 'a=b', `${server[kind]}/mirror?c=%20`));
    assert.deepEqual([understood.method, understood.path, understood.query, understood.body], ['PATCH', '/mirror', 'c=%20', 'a=b']);
    assert.deepEqual(understood.fields.filter(([name]) => name.toLowerCase() === 'x-twice').map(([, value]) => value), ['1', '2']);
    // Two on one connection; curl 7.88 fails at that by prior knowledge, whatever the server.
    if (kind === 'tls' || version === '1.1') {
      assert.equal(await curl(`${server[kind]}/hello`, `${server[kind]}/hello`), 'hello\nhello\n');
    }
    // A body that curl waits to be asked for.
    const body = 'b'.repeat(200_000);
    const large = await curl('-H', 'Expect: 100-continue', '--data-binary', `@${server.file('body', body)}`, `${server[kind]}/echo`);
    assert.equal(large, body);
  });
}

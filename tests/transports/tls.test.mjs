// SPDX-License-Identifier: MIT
// TLS as curl and Node see it.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import tls from 'node:tls';
import { after, before, test } from 'node:test';
import { ServerProcess, until } from './server_process.mjs';

let server;
before(async () => {
  server = await ServerProcess.start();
});
after(async () => {
  assert.equal(await server.stop(), 0);
});

function get(path, options = {}) {
  return new Promise((resolve, reject) => {
    const request = https.get(server.tls + path, { ca: server.authority, agent: false, ...options }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode, body: Buffer.concat(parts), response }));
    });
    request.on('error', reject);
  });
}

test('curl trusts it, over HTTP/1.1 and HTTP/2', async () => {
  for (const [option, version] of [['--http1.1', '1.1'], ['--http2', '2']]) {
    const out = await server.curl(option, '--cacert', server.certificate, '-w', '%{http_version}', `${server.tls}/hello`);
    assert.equal(out, `hello\n${version}`);
  }
});

test('curl gets large bodies and sends them', async () => {
  for (const option of ['--http1.1', '--http2']) {
    const large = await server.curl(option, '--cacert', server.certificate, `${server.tls}/large`);
    assert.equal(large.length, 4 * 1024 * 1024);
    const body = 'b'.repeat(300_000);
    const echo = await server.curl(option, '--cacert', server.certificate, '-d', body.slice(0, 100_000), `${server.tls}/echo`);
    assert.equal(echo, body.slice(0, 100_000));
  }
});

test('curl decompresses', async () => {
  const head = await server.curl('--compressed', '--cacert', server.certificate, '-D', '-', `${server.tls}/words`);
  assert.match(head, /content-encoding: gzip/i);
  assert.match(head, /w{5000}$/);
});

test('who does not trust the certificate is not served', async () => {
  await assert.rejects(get('/hello', { ca: undefined }), /self-signed/);
  await assert.rejects(server.curl(`${server.tls}/hello`), /certificate/);
});

test('Node gets responses, and streams of events', async () => {
  assert.equal((await get('/hello')).body.toString(), 'hello\n');
  const request = https.get(`${server.tls}/ticks`, { ca: server.authority, agent: false });
  const response = await new Promise((resolve) => request.on('response', resolve));
  let text = '';
  response.on('data', (part) => (text += part));
  await until(() => text.split('\n\n').length > 20);
  request.destroy();
  const numbers = text.split('\n\n').slice(0, 20).map((event) => parseInt(event.slice(6), 10));
  numbers.forEach((number, at) => assert.equal(number, numbers[0] + at));
});

test('a session is resumed by its ticket', async () => {
  const session = await new Promise((resolve, reject) => {
    const socket = tls.connect({ port: server.tlsPort, host: 'localhost', ca: server.authority });
    socket.on('session', (ticket) => {
      resolve(ticket);
      socket.end();
    });
    socket.on('error', reject);
  });
  const reused = await new Promise((resolve, reject) => {
    const socket = tls.connect({ port: server.tlsPort, host: 'localhost', ca: server.authority, session }, () => {
      resolve(socket.isSessionReused());
      socket.end();
    });
    socket.on('error', reject);
  });
  assert.equal(reused, true);
});

test('a renewed certificate is loaded on SIGHUP, and a broken one is not', async () => {
  const subject = () => new Promise((resolve, reject) => {
    const socket = tls.connect({ port: server.tlsPort, host: 'localhost', rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().subject.CN);
      socket.end();
    });
    socket.on('error', reject);
  });
  const loads = async () => JSON.parse(await server.curl(`${server.plain}/stats`)).loads;
  const faults = async () => JSON.parse(await server.curl(`${server.plain}/stats`)).faults;
  assert.equal(await subject(), 'first');
  server.renewCertificate('second');
  server.child.kill('SIGHUP');
  await until(async () => (await loads()) === 1);
  assert.equal(await subject(), 'second');
  // Each of these is found out when it is loaded, and the service goes on with what it has.
  const { certificate, key } = server;
  const good = { certificate: readFileSync(certificate), key: readFileSync(key) };
  const foreign = foreignKey();
  const broken = [
    () => writeFileSync(certificate, 'no certificate'),
    () => writeFileSync(certificate, good.certificate.subarray(0, good.certificate.length / 2)),
    () => rmSync(certificate),
    () => writeFileSync(key, ''),
    () => writeFileSync(key, foreign),
  ];
  for (const [index, break_it] of broken.entries()) {
    writeFileSync(certificate, good.certificate);
    writeFileSync(key, good.key);
    break_it();
    server.child.kill('SIGHUP');
    await until(async () => (await faults()) === index + 1);
    assert.equal(await subject(), 'second');
  }
  writeFileSync(certificate, good.certificate);
  writeFileSync(key, good.key);
  server.renewCertificate('third');
  server.child.kill('SIGHUP');
  await until(async () => (await loads()) === 2 + broken.length);
  assert.equal(await subject(), 'third');
  assert.equal(await faults(), broken.length);
});

/** A key that is nobody's certificate's. */
const foreignKey = () =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' });

// SPDX-License-Identifier: MIT
// The conformance suite h2spec, where it is installed:
//   go install github.com/summerwind/h2spec/cmd/h2spec@latest
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, test } from 'node:test';
import { ServerProcess } from './server_process.mjs';

/** The program, or undefined. */
function findSuite() {
  const folders = [...process.env.PATH.split(delimiter), join(homedir(), 'go', 'bin')];
  if (process.env.GOBIN) folders.push(process.env.GOBIN);
  return folders.map((folder) => join(folder, 'h2spec')).find(existsSync);
}

const suite = findSuite();
const skip = suite ? false : 'h2spec is not installed: go install github.com/summerwind/h2spec/cmd/h2spec@latest';

let server;
before(async () => {
  if (suite) server = await ServerProcess.start();
});
after(async () => {
  if (server) assert.equal(await server.stop(), 0);
});

/** Runs it; resolves with what it says. It fails where a case does. */
function run(port, ...args) {
  const all = ['-h', '127.0.0.1', '-p', String(port), '-P', '/hello', '-o', '5', ...args];
  return new Promise((resolve) => {
    execFile(suite, all, { timeout: 200_000, maxBuffer: 8 * 1024 * 1024 }, (_error, stdout) => resolve(stdout));
  });
}

// What does not begin with HTTP/2's preface is HTTP/1.1 on the same port, and is refused in its words.
const ALLOWED = { plain: ['Sends invalid connection preface'], tls: [] };

for (const kind of ['plain', 'tls']) {
  test(`h2spec finds nothing (${kind})`, { skip }, async () => {
    const said = kind === 'tls' ? await run(server.tlsPort, '-t', '-k') : await run(new URL(server.plain).port);
    const [, tests, passed, skipped, failed] = /(\d+) tests, (\d+) passed, (\d+) skipped, (\d+) failed/.exec(said) ?? [];
    assert.ok(Number(tests) > 90, said);
    const faults = [...said.matchAll(/\u00d7 \d+: (.*)/g)].map(([, name]) => name).slice(Number(failed) === 0 ? Infinity : -Number(failed));
    assert.deepEqual(faults.filter((name) => !ALLOWED[kind].includes(name)), [], said);
    assert.equal(Number(passed) + Number(skipped) + Number(failed), Number(tests));
    assert.equal(JSON.parse(execFileSync('curl', ['-sS', `${server.plain}/stats`])).streams, 0, 'nothing is left');
  });
}

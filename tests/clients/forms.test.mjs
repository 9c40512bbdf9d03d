// SPDX-License-Identifier: MIT
// The forms of a stream beside EventSource: lines and long polls, read with fetch over a network that fails.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sorted, versionOf } from './folded_stream.mjs';
import { Detour } from './detour.mjs';
import { ServiceProcess } from './service_process.mjs';

const WRITES = 300;

let service;
before(async () => {
  service = await ServiceProcess.start();
});
after(async () => {
  assert.equal(await service.stop(), 0);
});

/** Folds events into rows, and remembers the version of each. */
class Fold {
  constructor() {
    this.rows = new Map();
    this.versions = [];
    this.inits = 0;
    this.lastId = '';
  }

  take(event) {
    this.lastId = event.id;
    this.versions.push(versionOf(event));
    if (event.event === 'init') {
      this.inits += 1;
      this.rows.clear();
    }
    for (const [key, values] of event.data) {
      if (values.length === 0) this.rows.delete(JSON.stringify(key));
      else this.rows.set(JSON.stringify(key), values);
    }
  }

  state() {
    return sorted([...this.rows].map(([key, values]) => [JSON.parse(key), values]));
  }
}

/** Reads lines until the connection breaks; what is half a line then is lost. */
async function readLines(url, fold, isEnough) {
  const headers = { Accept: 'application/x-ndjson' };
  if (fold.lastId) headers['Last-Event-ID'] = fold.lastId;
  const response = await fetch(url, { headers });
  assert.equal(response.headers.get('content-type'), 'application/x-ndjson');
  const decoder = new TextDecoder();
  let text = '';
  for await (const part of response.body) {
    text += decoder.decode(part, { stream: true });
    const lines = text.split('\n');
    text = lines.pop();
    for (const line of lines) if (line) fold.take(JSON.parse(line));
    if (isEnough()) return;
  }
}

/** Writes, and cuts all connections now and then; the versions that were acknowledged. */
async function writeAndCut(detour, table) {
  const versions = [];
  for (let i = 0; i < WRITES; ++i) {
    const other = i % 3 === 0 ? [] : [i]; // some keys go again
    versions.push(await service.write(table, [[i % 7, [i]], [100 + (i % 5), other]]));
    if (i % 40 === 39) detour.cut();
  }
  return versions;
}

/** Calls `read` until the fold is at the version that the writes end at, whatever becomes of its connections. */
async function follow(read, fold, writing) {
  let last = Infinity;
  writing.then((versions) => (last = versions.at(-1)));
  const isEnough = () => fold.versions.at(-1) >= last;
  while (!isEnough()) {
    try {
      await read(isEnough);
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error; // anything else is the network
    }
  }
}

async function assertAudited(fold, versions, instance) {
  assert.equal(fold.inits, 1, 'the history reaches back far enough');
  const expected = versions.filter((version) => version > fold.versions[0]);
  assert.deepEqual(fold.versions.slice(1), expected, 'each once, in order');
  assert.deepEqual(fold.state(), sorted(await service.snapshot(instance)));
}

test('lines, over connections that are cut, bring each change once', async () => {
  const detour = await Detour.to(service.port);
  const instance = await service.open('numbers');
  const fold = new Fold();
  await readLines(`${detour.url}/v1/streams/${instance}`, fold, () => fold.inits > 0);
  const writing = writeAndCut(detour, 'numbers');
  await follow((isEnough) => readLines(`${detour.url}/v1/streams/${instance}`, fold, isEnough), fold, writing);
  await assertAudited(fold, await writing, instance);
  detour.cut();
  await detour.close();
});

test('long polls, over connections that are cut, bring each change once', async () => {
  const detour = await Detour.to(service.port);
  const instance = await service.open('numbers');
  const fold = new Fold();
  let since = '';
  const poll = async () => {
    const response = await fetch(`${detour.url}/v1/streams/${instance}?poll${since && `&since=${since}`}`);
    assert.equal(response.status, 200);
    const answer = await response.json();
    for (const event of answer.events) fold.take(event);
    since = answer.id;
  };
  await poll();
  const writing = writeAndCut(detour, 'numbers');
  await follow(poll, fold, writing);
  await assertAudited(fold, await writing, instance);
  await detour.close();
});

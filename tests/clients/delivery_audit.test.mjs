// SPDX-License-Identifier: MIT
// A delivery audit: many write at once, many read, some come and go. Nothing is lost, doubled or out of order.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { FoldedStream, closeStreams, sorted, versionOf } from './folded_stream.mjs';
import { ServiceProcess } from './service_process.mjs';

const WRITERS = 8;
const WRITES_EACH = 60;

let service;
before(async () => {
  service = await ServiceProcess.start();
});
after(async () => {
  closeStreams();
  await service.stop();
});

/** Each writer counts up its own key, and all fight for one; returns the versions that were acknowledged. */
async function writeConcurrently() {
  const versions = [];
  const writer = async (number) => {
    for (let i = 1; i <= WRITES_EACH; ++i)
      versions.push(await service.write('numbers', [[number, [i]], [999, [number * 1000 + i]]]));
  };
  await Promise.all(Array.from({ length: WRITERS }, (_, i) => writer(i)));
  return versions;
}

/** Opens a reader every now and then until told to end; each reads on. */
async function joinMeanwhile(instance, isOver) {
  const late = [];
  while (!isOver()) {
    const stream = new FoldedStream(service.streamUrl(instance));
    await stream.untilCount('init', 1);
    late.push(stream);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return late;
}

function assertInOrder(stream) {
  const versions = stream.events.map(versionOf);
  for (let i = 1; i < versions.length; ++i)
    assert.ok(versions[i] > versions[i - 1], `version ${versions[i]} comes after ${versions[i - 1]}`);
  assert.equal(stream.ofType('init').length, 1, 'a client that keeps up needs no second state');
}

/** What a writer wrote to its own key arrives value by value, none left out, none twice. */
function assertDense(stream) {
  for (let number = 0; number < WRITERS; ++number) {
    const seen = stream.events
      .filter((event) => event.type === 'update')
      .flatMap((event) => JSON.parse(event.data))
      .filter(([key]) => key === number)
      .map(([, values]) => values[0]);
    for (let i = 1; i < seen.length; ++i) assert.equal(seen[i], seen[i - 1] + 1);
    if (seen.length > 0) assert.equal(seen.at(-1), WRITES_EACH);
  }
}

test('under concurrent writers each reader gets each version once, in order, and ends in the snapshot', async () => {
  const instance = await service.open('numbers');
  const early = Array.from({ length: 10 }, () => new FoldedStream(service.streamUrl(instance)));
  await Promise.all(early.map((stream) => stream.untilCount('init', 1)));
  let isOver = false;
  const joining = joinMeanwhile(instance, () => isOver);
  const acknowledged = await writeConcurrently();
  isOver = true;
  const late = await joining;
  assert.ok(late.length > 0);

  const last = Math.max(...acknowledged);
  const all = [...early, ...late];
  await Promise.all(all.map((stream) => stream.untilVersion(last)));
  const snapshot = sorted(await service.snapshot(instance));
  const expected = [...new Set(acknowledged)].sort((left, right) => left - right);
  for (const stream of all) {
    assertInOrder(stream);
    assertDense(stream);
    assert.deepEqual(stream.state(), snapshot);
    const first = versionOf(stream.events[0]);
    assert.deepEqual(
      stream.ofType('update').map(versionOf),
      expected.filter((version) => version > first),
      'every version that was acknowledged, and no other',
    );
    stream.close();
  }
});

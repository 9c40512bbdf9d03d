// SPDX-License-Identifier: MIT
// What a chain of servers survives: the first one killed and started again, connections cut at random bytes. At its end the
// last server's rows are what follows from the first one's.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { Detour } from '../../../tests/clients/detour.mjs';
import { FoldedStream, closeStreams, sorted } from '../../../tests/clients/folded_stream.mjs';
import { ServiceProcess } from '../../../tests/clients/service_process.mjs';
import { until } from '../../../tests/transports/server_process.mjs';

const { FRESHET_CHAIN_SOURCE: SOURCE, FRESHET_CHAIN_META: META, FRESHET_CHAIN_CLASSIC: CLASSIC } = process.env;

const running = new Set();
async function start(program, ...args) {
  const service = await ServiceProcess.startProgram(program, '--log-level', 'warn', ...args);
  running.add(service);
  return service;
}
async function stop(service, signal) {
  running.delete(service);
  return service.stop(signal);
}
afterEach(async () => {
  closeStreams();
  for (const service of running) await stop(service);
});

/** The same numbers in each run. */
function randomNumbers(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const rows = async (service, resource) => sorted((await service.request('POST', `/v1/snapshot/${resource}`, {})).json());

/** What regions have to be, from what stations measured. */
function regionsOf(measurements) {
  const regions = new Map();
  for (const [, [{ region, celsius }]] of measurements) {
    const { stations, lowest, highest } = regions.get(region) ?? { stations: 0, lowest: celsius, highest: celsius };
    regions.set(region, {
      stations: stations + 1, lowest: Math.min(lowest, celsius), highest: Math.max(highest, celsius),
    });
  }
  return sorted([...regions].map(([region, values]) => [region, [values]]));
}

/** Some commits of random writes, which also take stations away. */
async function measure(source, random, commits) {
  for (let commit = 0; commit < commits; ++commit) {
    const changes = new Map();
    for (let count = 1 + random(4); count > 0; --count) {
      const values = random(4) === 0 ? [] : [{ region: `region ${random(5)}`, celsius: random(60) - 20 }];
      changes.set(`station ${random(40)}`, values);
    }
    await source.write('measurements', [...changes]);
  }
}

/** Waits until the last server shows what follows from the first one's rows, and no other rows. */
async function audit(source, last) {
  const measurements = await rows(source, 'measurements');
  await until(async () => {
    const shown = await rows(last, 'measurements');
    return JSON.stringify(shown) === JSON.stringify(measurements);
  }, 60_000);
  assert.deepEqual(await rows(last, 'regions'), regionsOf(measurements));
  return measurements;
}

const metric = async (service, name) => {
  const text = (await service.request('GET', '/metrics')).text;
  return Number(new RegExp(`^${name}\\{input="measurements"\\} (\\d+)$`, 'm').exec(text)[1]);
};

test('a chain of three servers shows at its end what was written at its beginning, commit by commit', async () => {
  const source = await start(SOURCE);
  const middle = await start(META, '--upstream', source.url);
  const last = await start(CLASSIC, '--upstream', middle.url);
  const stream = new FoldedStream(last.streamUrl(await last.open('measurements')));
  await stream.untilCount('init', 1);
  await until(async () => (await metric(last, 'freshet_upstream_ready')) === 1);
  await measure(source, randomNumbers(1), 50);
  const measurements = await audit(source, last);
  assert.ok(measurements.length > 10);
  await stream.until((s) => JSON.stringify(s.state()) === JSON.stringify(measurements));
  assert.equal(stream.ofType('init').length, 1);
  for (const service of [middle, last]) assert.equal(await metric(service, 'freshet_upstream_inits_total'), 1);
  assert.equal(await stop(last), 0);
  assert.equal(await stop(middle), 0);
  assert.equal(await stop(source), 0);
});

test('a server that was killed and started again is followed again, and what is no more is taken away', async () => {
  const random = randomNumbers(2);
  const first = await start(SOURCE);
  const last = await start(META, '--upstream', first.url);
  await measure(first, random, 30);
  await audit(first, last);
  const stream = new FoldedStream(last.streamUrl(await last.open('measurements')));
  await stream.untilCount('init', 1);
  for (let round = 0; round < 3; ++round) {
    const before = [...running].find((service) => service !== last);
    await stop(before, 'SIGKILL');
    // Its clients are served meanwhile.
    assert.ok((await rows(last, 'measurements')).length > 0);
    const again = await start(SOURCE, '--port', String(first.port));
    await measure(again, random, 20);
    const measurements = await audit(again, last);
    await stream.until((s) => JSON.stringify(s.state()) === JSON.stringify(measurements));
  }
  assert.equal(stream.ofType('init').length, 1, 'clients of the second server hear of differences alone');
  assert.ok((await metric(last, 'freshet_upstream_inits_total')) >= 4);
});

test('a second server that is killed in the midst begins where the first one is', async () => {
  const random = randomNumbers(3);
  const source = await start(SOURCE);
  let last = await start(CLASSIC, '--upstream', source.url);
  for (let round = 0; round < 3; ++round) {
    const writing = measure(source, random, 20);
    await stop(last, 'SIGKILL');
    last = await start(CLASSIC, '--upstream', source.url);
    await writing;
    await audit(source, last);
  }
});

test('connections cut at random bytes lose nothing and double nothing', async () => {
  const random = randomNumbers(4);
  const source = await start(SOURCE);
  let cutting = true;
  const bytesMax = () => (cutting ? 1 + random(random(3) === 0 ? 200 : 6_000) : Infinity);
  const detour = await Detour.to(source.port, { bytesMax });
  const last = await start(META, '--upstream', detour.url);
  const stream = new FoldedStream(last.streamUrl(await last.open('measurements')));
  await stream.untilCount('init', 1);
  while (detour.cuts < 12) await measure(source, random, 5);
  cutting = false;
  detour.cut();
  const measurements = await audit(source, last);
  await stream.until((s) => JSON.stringify(s.state()) === JSON.stringify(measurements));
  assert.equal(stream.ofType('init').length, 1);
  assert.equal(await metric(last, 'freshet_upstream_refusals_total'), 0);
  await stop(last);
  await detour.close();
});

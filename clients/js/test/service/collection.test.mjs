// SPDX-License-Identifier: MIT
// Collections of the real service, over each transport: opened, changed, closed, refused.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { FreshetError } from '../../src/index.js';
import { ServiceProcess } from '../../../../tests/clients/service_process.mjs';
import { TRANSPORTS, assertShowsSnapshot, closeClients, connect, eventually, rowsOf, until, untilStatus } from './clients.mjs';

let service;
before(async () => {
  service = await ServiceProcess.start();
});
after(() => service.stop());
afterEach(closeClients);

/** The value of a gauge of the service. */
async function metric(name) {
  const { text } = await service.request('GET', '/metrics');
  const lines = text.split('\n').filter((line) => line.startsWith(`${name} `));
  assert.ok(lines.length > 0, `there is a metric ${name}`);
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

for (const transport of TRANSPORTS) {
  const over = (name, body) => test(`${transport}: ${name}`, () => body(connect(service.url, { transports: [transport] })));

  over('a collection becomes what the service has, and stays it', async (client) => {
    await client.write({ words: [['a', ['one']], ['b', ['two', 'three']]] });
    const words = client.open('words');
    assert.equal(words.status.name, 'connecting');
    assert.equal(await words.ready, words);
    assert.equal(words.status.name, 'live');
    assert.equal(words.value('a'), 'one');
    assert.deepEqual(words.get('b'), ['two', 'three']);
    await client.write({ words: [['a', ['changed']], ['b', []], ['c', ['']]] }, { visible: words });
    assert.deepEqual(rowsOf(words), [['a', ['changed']], ['c', ['']]]);
    await assertShowsSnapshot(client, words);
    await client.write({ words: [['a', []], ['c', []]] }, { visible: words });
    assert.equal(words.size, 0);
  });

  over('one commit is one call, with all its keys and what was before', async (client) => {
    await client.write({ numbers: [[1, [10]], [2, [20]], [3, []]] });
    const numbers = client.open('numbers');
    const calls = [];
    numbers.onChange((changes, { type }) => {
      calls.push([type, changes.map(({ key, values, before }) => [key, values, before])]);
      for (const { key, values } of changes) assert.deepEqual(numbers.get(key) ?? [], values, 'all of it is there already');
    });
    await numbers.ready;
    await client.write({ numbers: [[1, [11]], [2, []], [3, [30, 31]]] }, { visible: numbers });
    await client.write({ numbers: [[1, []], [3, []]] }, { visible: numbers });
    assert.deepEqual(calls, [
      ['init', [[1, [10], []], [2, [20], []]]],
      ['update', [[1, [11], [10]], [2, [], [20]], [3, [30, 31], []]]],
      ['update', [[1, [], [11]], [3, [], [30, 31]]]],
    ]);
  });

  over('keys that are structs are found by what is in them', async (client) => {
    const address = { street: 'Long Lane', house: 7 };
    await client.write({ dwellers: [[address, [{ name: 'Ada', age: 36 }]]] });
    const dwellers = client.open('dwellers');
    await dwellers.ready;
    assert.deepEqual(dwellers.value({ house: 7, street: 'Long Lane' }), { name: 'Ada', age: 36 });
    assert.equal(dwellers.has({ house: 8, street: 'Long Lane' }), false);
    assert.deepEqual([...dwellers.keys()], [address]);
    assert.deepEqual(await client.lookup('dwellers', { house: 7, street: 'Long Lane' }), [{ name: 'Ada', age: 36 }]);
  });

  over('numbers are exact, whatever their size', async (client) => {
    const keys = [2n ** 53n, 2n ** 53n + 1n, -(2n ** 63n)];
    await client.write({ numbers: keys.map((key) => [key, [key]]) });
    const numbers = client.open('numbers');
    await numbers.ready;
    for (const key of keys) assert.deepEqual(numbers.get(key), [key]);
    assert.deepEqual(await client.lookup('numbers', keys[1]), [keys[1]]);
    await client.write({ numbers: keys.map((key) => [key, []]) }, { visible: numbers });
    assert.equal(numbers.size, 0);
  });

  over('rows that cannot be computed are told, and that they are well again', async (client) => {
    await client.write({ numbers: [[1, [0]], [2, [5]]] });
    const quotients = client.open('quotient', { dividend: 100 });
    const news = [];
    quotients.onError((errors) => news.push(...errors.map(({ key, error }) => [key, error === null])));
    await until(quotients, () => quotients.errors.length === 1);
    assert.deepEqual(rowsOf(quotients), [[2, [20]]]);
    assert.match(quotients.errors[0].error, /division by zero/);
    await client.write({ numbers: [[1, [4]]] }, { visible: quotients });
    await until(quotients, () => quotients.errors.length === 0);
    assert.deepEqual(news, [['1', false], ['1', true]]);
    assert.equal(quotients.value(1), 25);
    await client.write({ numbers: [[1, []], [2, []]] });
  });

  over('closing gives the opening back, and the last rows stay', async (client) => {
    await client.write({ words: [['kept', ['yes']]] });
    const [words, numbers] = [client.open('words'), client.open('numbers')];
    await Promise.all([words.ready, numbers.ready]);
    assert.equal(await metric('freshet_openings'), 2);
    words.close();
    await client.write({ words: [['kept', []]] });
    assert.equal(words.status.name, 'closed');
    assert.equal(words.value('kept'), 'yes');
    await eventually(async () => assert.equal(await metric('freshet_openings'), 1));
    client.close();
    await eventually(async () => assert.equal(await metric('freshet_openings'), 0));
    await eventually(async () => assert.equal(await metric('freshet_instances'), 0));
  });

  over('what is closed while it is being opened leaves nothing behind', async (client) => {
    const opened = Array.from({ length: 10 }, (_, threshold) => client.open('greater', { threshold }));
    await new Promise(setImmediate);
    for (const each of opened) each.close();
    await Promise.all(opened.map((each) => assert.rejects(each.ready, { name: 'FreshetError', code: 'closed' })));
    await eventually(async () => assert.equal(await metric('freshet_openings'), 0));
  });

  over('equal collections each have all rows', async (client) => {
    const three = [client.open('greater', { threshold: 5 }), client.open('greater', { threshold: 5, label: '' }), client.open('greater', { threshold: 5 })];
    await Promise.all(three.map((each) => each.ready));
    await client.write({ numbers: [[1, [9]], [2, [3]]] }, { visible: three });
    for (const each of three) assert.deepEqual(rowsOf(each), [[1, [9]]]);
    three[0].close();
    await client.write({ numbers: [[1, [8]]] }, { visible: three.slice(1) });
    for (const each of three.slice(1)) assert.deepEqual(rowsOf(each), [[1, [8]]]);
    await client.write({ numbers: [[1, []], [2, []]] });
  });

  over('what the service refuses is refused for good, in its words', async (client) => {
    const unknown = client.open('no_such_resource');
    const refused = await untilStatus(unknown, 'refused');
    assert.equal(refused.error.status, 404);
    assert.equal(refused.error.code, 'not_found');
    await assert.rejects(unknown.ready, (error) => error === refused.error && error instanceof FreshetError);

    const wrong = client.open('greater', { threshold: 'many' });
    await assert.rejects(wrong.ready, { status: 400, path: '$.threshold' });
    assert.equal(wrong.status.name, 'refused');
    assert.match(wrong.status.reason, /threshold|integer|number/);
  });

  over('a service that fails is asked again', async (client) => {
    const unbuildable = client.open('unbuildable');
    const status = await untilStatus(unbuildable, 'waiting');
    assert.equal(status.error.status, 500);
    assert.ok(status.retryAt <= Date.now() + 200);
    await until(unbuildable, () => unbuildable.status.name === 'connecting');
    await untilStatus(unbuildable, 'waiting');
  });

  over('a write that does not touch a collection is visible in it, too', async (client) => {
    const words = client.open('words');
    await words.ready;
    const version = await client.write({ numbers: [[77, [1]]] }, { visible: words });
    assert.equal(typeof version, 'number');
    await client.write({ numbers: [[77, []]] });
  });

  over('writes are refused whole', async (client) => {
    const words = client.open('words');
    await words.ready;
    await assert.rejects(client.write({ words: [['fine', ['x']], ['forbidden', ['x']]] }), (error) => {
      assert.equal(error.status, 422);
      assert.match(error.message, /may not be written/);
      return true;
    });
    await assert.rejects(client.write({ wrods: [] }), { status: 404 });
    await assert.rejects(client.write({ numbers: [['one', [1]]] }), { status: 400 });
    assert.equal(words.has('fine'), false);
    assert.deepEqual(await client.lookup('words', 'fine'), []);
  });
}

test('websocket: a write goes through, also if the last collection of its socket is closed meanwhile', async () => {
  const client = connect(service.url, { transports: ['websocket'] });
  for (let i = 0; i < 20; ++i) {
    const words = client.open('words');
    await words.ready;
    const written = client.write({ numbers: [[500, [i]]] });
    words.close();
    assert.equal(typeof (await written), 'number');
  }
  await client.write({ numbers: [[500, []]] });
});

test('snapshots say their version, and what is missing in them', async () => {
  const client = connect(service.url);
  const version = await client.write({ numbers: [[1, [0]], [2, [2]]] });
  const snapshot = await client.snapshot('quotient', { dividend: 10 });
  assert.ok(snapshot.version >= version);
  assert.deepEqual(rowsOf(snapshot), [[2, [5]]]);
  assert.equal(snapshot.value(2), 5);
  await client.write({ numbers: [[1, []], [2, []]] });
});

test('what there is can be asked for', async () => {
  const client = connect(service.url);
  const names = (list) => list.map(({ name }) => name);
  assert.ok(names(await client.resources()).includes('greater'));
  assert.deepEqual(names(await client.inputs()), ['dwellers', 'flags', 'lists', 'maybes', 'numbers', 'words']);
});

test('wrong uses are refused at once, in a sentence', () => {
  assert.throws(() => connect('ftp://127.0.0.1'), /no http address/);
  assert.throws(() => connect('not an address'), TypeError);
  assert.throws(() => connect(service.url, { transports: ['pigeon'] }), /there is no transport pigeon; there are: sse/);
  assert.throws(() => connect(service.url, { transports: [] }), /no transport is given/);
});

test('a service that is not there is waited for, and told as unreachable', async () => {
  const client = connect('http://127.0.0.1:1');
  const words = client.open('words');
  const status = await untilStatus(words, 'waiting');
  assert.equal(status.error.code, 'unreachable');
  await assert.rejects(client.snapshot('words'), { code: 'unreachable', status: 0 });
});

test('a service below a path is found there', async () => {
  const seen = [];
  const client = connect(`${service.url}/below?x=1#y`, {
    fetch: (url, init) => {
      seen.push(new URL(url).pathname);
      return fetch(String(url).replace('/below', ''), init);
    },
  });
  await client.open('words').ready;
  assert.ok(seen.length > 0 && seen.every((path) => path.startsWith('/below/v1/')));
});

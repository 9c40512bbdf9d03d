// SPDX-License-Identifier: MIT
// The small examples of views over a store: what each is expected to say, and how it follows a change.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { ServiceProcess } from '../clients/service_process.mjs';

const EXAMPLE = process.env.FRESHET_EXAMPLE;
const only = (name) => ({ skip: EXAMPLE !== name && `this is ${EXAMPLE}` });

let service;
afterEach(() => service?.stop());

async function get(target) {
  const answer = await service.request('GET', target);
  assert.equal(answer.status, 200, answer.text);
  return answer.json();
}
async function write(method, target, body, status = 200) {
  const answer = await service.request(method, target, body);
  assert.equal(answer.status, status, answer.text);
  return answer.json();
}

test('a rainbow of the colours that were asked for', only('rainbow'), async () => {
  service = await ServiceProcess.start();
  const asked = '/rainbow?color_names=yellow%2Bmagenta%2Bcian';
  const key = 'yellow+magenta+cian';
  assert.deepEqual(await get(asked),
    { results: { [key]: { rainbowName: 'cian-magenta-yellow', colors: ['cian', 'magenta', 'yellow'] } } });
  const instance = await service.open('Rainbow', { color_names: key });
  await write('PATCH', '/colors/doc_id_cian', { name: 'cyan' });
  assert.deepEqual(await service.snapshot(instance),
    [[key, [{ rainbowName: 'cyan-magenta-yellow', colors: ['cyan', 'magenta', 'yellow'] }]]]);
  assert.deepEqual(await get('/rainbow?color_names=green'), { results: {} });
});

test('what luggage weighs together', only('luggage'), async () => {
  service = await ServiceProcess.start();
  assert.deepEqual(await get('/luggages/ada'), {
    luggages: [{ luggage_type: 'large', weight_in_lbs: 20 }, { luggage_type: 'medium', weight_in_lbs: 15 }],
    total_weight: 35, total_count: 2,
  });
  await write('PATCH', '/items/b', { weight_in_lbs: 25 });
  const after = await get('/luggages/ada');
  assert.deepEqual([after.total_weight, after.total_count], [45, 2]);
  assert.equal((await write('PATCH', '/items/b', { weight_in_lbs: 1000 }, 400)).path, '$.weight_in_lbs');
});

test('a counter that many count at once', only('distributed_counter'), async () => {
  service = await ServiceProcess.start();
  assert.deepEqual(await get('/counters/counter_0'), { totalCount: 0 });
  await write('POST', '/v1/forms/Increment', { shard: '0' }, 201);
  assert.deepEqual(await get('/counters/counter_0'), { totalCount: 1 });
  const counts = Array.from({ length: 60 }, (_, i) => write('POST', '/v1/forms/Increment', { shard: String(i % 4), by: 2 }, 201));
  await Promise.all(counts);
  assert.deepEqual(await get('/counters/counter_0'), { totalCount: 121 });
  await write('POST', '/v1/forms/Increment', { shard: '9' }, 404);
});

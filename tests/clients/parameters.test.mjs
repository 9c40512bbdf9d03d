// SPDX-License-Identifier: MIT
// Parameters are checked against their model, and what does not exist is said not to.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ServiceProcess } from './service_process.mjs';

let service;
before(async () => {
  service = await ServiceProcess.start();
});
after(() => service.stop());

function assertProblem(answer, status, path) {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.headers['content-type'], 'application/problem+json');
  const problem = answer.json();
  assert.equal(problem.status, status);
  assert.ok(problem.primary.length > 0, 'it says in one sentence what is wrong');
  if (path !== undefined) assert.match(answer.text, path, 'it names the path');
}

const REFUSED = [
  ['unknown', { threshold: 1, treshold: 2 }, /treshold/],
  ['missing', {}, /threshold/],
  ['wrongly typed', { threshold: '1' }, /\$\.threshold/],
  ['null', { threshold: null }, /\$\.threshold/],
  ['a list', { threshold: [1] }, /\$\.threshold/],
  ['not whole', { threshold: 1.5 }, /\$\.threshold/],
  ['too small', { threshold: -1 }, /\$\.threshold/],
  ['too large', { threshold: 1000001 }, /\$\.threshold/],
  ['beyond 64 bits', '{"threshold": 9223372036854775808}', /\$\.threshold/],
  ['too long a text', { threshold: 1, label: 'x'.repeat(21) }, /\$\.label/],
  ['not an object', [1], undefined],
  ['a number', '5', undefined],
  ['null as a whole', 'null', undefined],
  ['twice', '{"threshold":1,"threshold":2}', /threshold/],
];

for (const [what, params, path] of REFUSED)
  test(`a parameter that is ${what} is refused with its path`, async () => {
    assertProblem(await service.request('POST', '/v1/streams/greater', params), 400, path);
    assertProblem(await service.request('POST', '/v1/snapshot/greater', params), 400, path);
  });

test('falsy parameters are parameters', async () => {
  await service.write('numbers', [[1, [0]], [2, [1]]]);
  const answer = await service.request('POST', '/v1/snapshot/greater', { threshold: 0, label: '' });
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual(answer.json(), [[2, [1]]]);
});

test('a resource without parameters takes an empty object and refuses any other', async () => {
  assert.equal((await service.request('POST', '/v1/streams/words', {})).status, 200);
  assertProblem(await service.request('POST', '/v1/streams/words', { x: 1 }), 400, /x/);
});

const MISSING = [
  ['POST', '/v1/streams/nothing', {}],
  ['POST', '/v1/snapshot/nothing', {}],
  ['POST', '/v1/snapshot/nothing/lookup', { key: 1, params: {} }],
  ['GET', '/v1/streams/nothing'],
  ['DELETE', '/v1/streams/nothing'],
  ['GET', '/v1/snapshot/nothing'],
  ['PATCH', '/v1/inputs/nothing', []],
  ['GET', '/v1'],
  ['GET', '/nowhere'],
];

for (const [method, path, body] of MISSING)
  test(`${method} ${path} is not found`, async () => {
    assertProblem(await service.request(method, path, body), 404);
  });

const NOT_ALLOWED = [
  ['PUT', '/v1/streams/words', 'POST'],
  ['PATCH', '/v1/streams/words', 'POST'],
  ['DELETE', '/v1/snapshot/words', 'GET'],
  ['POST', '/v1/inputs/words', 'PATCH'],
  ['GET', '/v1/inputs/words', 'PATCH'],
  ['POST', '/healthz', 'GET'],
  ['DELETE', '/v1/resources', 'GET'],
];

for (const [method, path, allowed] of NOT_ALLOWED)
  test(`${method} ${path} is not allowed, and the answer says what is`, async () => {
    const answer = await service.request(method, path);
    assertProblem(answer, 405);
    assert.ok(answer.headers.allow.split(/, */).includes(allowed), answer.headers.allow);
  });

test('a lookup of a key that has no row is an empty state', async () => {
  const answer = await service.request('POST', '/v1/snapshot/words/lookup', { key: 'no such word', params: {} });
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual(answer.json(), []);
});

test('a lookup whose key is of another type is refused with its path', async () => {
  assertProblem(await service.request('POST', '/v1/snapshot/words/lookup', { key: 5, params: {} }), 400, /\$\.key/);
  assertProblem(await service.request('POST', '/v1/snapshot/words/lookup', { params: {} }), 400, /key/);
});

test('a stream is not given to who does not accept one', async () => {
  const instance = await service.open('words');
  const answer = await service.request('GET', `/v1/streams/${instance}`, undefined, { Accept: 'image/png' });
  assertProblem(answer, 406);
});

test('the service says what it has', async () => {
  const health = await service.request('GET', '/healthz');
  assert.equal(health.status, 200);
  const resources = await service.request('GET', '/v1/resources');
  assert.equal(resources.status, 200);
  for (const name of ['words', 'numbers', 'greater', 'quotient']) assert.match(resources.text, new RegExp(`"${name}"`));
  assert.match(resources.text, /"threshold"/);
  const metrics = await service.request('GET', '/metrics');
  assert.equal(metrics.status, 200);
  assert.match(metrics.headers['content-type'], /^text\/plain/);
  assert.match(metrics.text, /^# TYPE \w+ (counter|gauge|histogram)$/m);
});

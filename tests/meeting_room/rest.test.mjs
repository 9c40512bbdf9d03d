// SPDX-License-Identifier: MIT
// The meeting room over HTTP: what the view is expected to say, what may be changed, and what outlives a kill.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { ServiceProcess } from '../clients/service_process.mjs';

const JOSHUA = { name: 'Joshua Pendergrast', organization: 'SDSU', hearing_aid_requested: true };
const THOMASINA = { name: 'Thomasina Manes', organization: 'UCSD', hearing_aid_requested: false };
const TIJUANA = { name: 'Tijuana Furlong', organization: 'UCSD', hearing_aid_requested: true };
const SESSION = {
  latitude: 32.880361, longitude: -117.242929, address: '9500 Gilman Drive, La Jolla, CA', inSession: true,
  attending: [JOSHUA, THOMASINA, TIJUANA], numHearingAidRequested: 2,
};

let folder;
let service;
const store = process.env.FRESHET_MEETING_STORE;
const start = () => ServiceProcess.start('--store', store ?? `sqlite:${folder}/meeting_room.db`);

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'freshet-meeting-'));
  service = await start();
});
afterEach(async () => {
  await service?.stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

async function get(target, status = 200) {
  const answer = await service.request('GET', target);
  assert.equal(answer.status, status, answer.text);
  return answer.json();
}
async function patch(target, body, status = 200) {
  const answer = await service.request('PATCH', target, body);
  assert.equal(answer.status, status, answer.text);
  return answer.json();
}

test('the view says what it is expected to say', async () => {
  assert.deepEqual(await get('/meeting_sessions/meeting_1'), SESSION);
  assert.deepEqual(await get('/meeting_sessions?status=in-session'), { results: { meeting_1: SESSION } });
  assert.deepEqual(await get('/meeting_sessions?status=closed'), { results: {} });
  assert.deepEqual(await get('/meeting_sessions'), { results: { meeting_1: SESSION } });
  assert.deepEqual(await get('/users/tijuana'),
    { firstName: 'Tijuana', lastName: 'Furlong', organization: 'UCSD', hearingAidRequested: true, meetings: [SESSION] });
  assert.equal((await get('/meeting_sessions/meeting_2', 404)).primary, 'there is no meeting_2 in MeetingSession');
  assert.equal((await get('/meeting_sessions?state=open', 400)).path, '$.state');
});

test('one ticket changes what all are told, and nothing else', async () => {
  const instance = await service.open('MeetingSession');
  const answer = await patch('/v1/views/Attendance/tj_t', { attendance: false });
  assert.equal(answer.value.attendance, false);
  const changed = { ...SESSION, attending: [JOSHUA, THOMASINA], numHearingAidRequested: 1 };
  assert.deepEqual(await get('/meeting_sessions/meeting_1'), changed);
  assert.deepEqual(await service.snapshot(instance), [['meeting_1', [changed]]]);
  assert.deepEqual((await get('/users/joshua')).meetings, [changed]);
  await patch('/v1/views/Attendance/tj_t', { attendance: true });
  assert.deepEqual(await get('/meeting_sessions/meeting_1'), SESSION);
});

test('a session is closed and opened again, and nothing else of it can be changed', async () => {
  const closed = await patch('/meeting_sessions/meeting_1', { inSession: false });
  assert.deepEqual(closed.value, { ...SESSION, inSession: false });
  assert.deepEqual(await get('/meeting_sessions?status=in-session'), { results: {} });
  const twice = await patch('/meeting_sessions/meeting_1', { inSession: false }, 422);
  assert.equal(twice.primary, 'the meeting cannot be closed');
  assert.deepEqual((await patch('/meeting_sessions/meeting_1', { inSession: true })).value, SESSION);
  assert.match((await patch('/meeting_sessions/meeting_1', { address: 'elsewhere' }, 422)).primary, /address is read-only/);
  assert.equal((await patch('/meeting_sessions/meeting_1', { insession: true }, 400)).path, '$.insession');
  await patch('/meeting_sessions/meeting_9', { inSession: true }, 404);
});

test('a name that is changed is changed wherever it is shown', async () => {
  await patch('/users/joshua', { lastName: 'Tree' });
  assert.equal((await get('/meeting_sessions/meeting_1')).attending[0].name, 'Joshua Tree');
  assert.equal((await get('/users/joshua')).lastName, 'Tree');
});

test('what was answered is still there after a kill', async () => {
  if (store === 'memory:') return;
  for (let round = 0; round < 5; ++round) {
    const attendance = round % 2 === 1;
    await Promise.all([
      patch('/v1/views/Attendance/tj_t', { attendance }),
      patch('/users/joshua', { lastName: `Round ${round}` }),
    ]);
    await service.stop('SIGKILL');
    service = await start();
    const { attending } = await get('/meeting_sessions/meeting_1');
    assert.equal(attending.some(({ name }) => name === 'Tijuana Furlong'), attendance);
    assert.equal(attending[0].name, `Joshua Round ${round}`);
  }
});

test('both faces open one store one after the other', async () => {
  const other = process.env.FRESHET_OTHER_FACE;
  if (!other || store === 'memory:') return;
  await patch('/v1/views/Attendance/ts_t', { attendance: false });
  const before = (await service.request('GET', '/meeting_sessions')).text;
  await service.stop();
  const { spawn } = await import('node:child_process');
  const child = spawn(other, ['--port', '0', '--store', store ?? `sqlite:${folder}/meeting_room.db`], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const line = await new Promise((resolve) => child.stdout.once('data', (data) => resolve(String(data))));
    const url = /http:\S+/.exec(line)[0];
    assert.equal(await (await fetch(`${url}/meeting_sessions`)).text(), before);
  } finally {
    child.kill();
    await new Promise((resolve) => child.once('exit', resolve));
  }
  service = await start();
});

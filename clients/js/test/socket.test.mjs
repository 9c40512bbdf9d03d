// SPDX-License-Identifier: MIT
// One WebSocket of many streams, against a server that does what it is told: sockets that fall silent, answers that do not
// come, events that come early. What the real service does is tested beside this.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { afterEach, beforeEach, test } from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import { Socket } from '../src/socket.js';

let server;
let handle;
let received;
const sockets = [];

beforeEach(async () => {
  received = [];
  handle = () => {};
  server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'freshet.v1' });
  server.on('connection', (socket) => {
    socket.on('message', (data) => {
      const message = JSON.parse(data);
      received.push(message);
      handle(message, (answer) => socket.send(typeof answer === 'string' ? answer : JSON.stringify(answer)), socket);
    });
  });
  await once(server, 'listening');
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.close();
  for (const socket of server.clients) socket.terminate();
  server.close();
});

function connect(options = {}) {
  const socket = new Socket({
    url: `ws://127.0.0.1:${server.address().port}/v1/ws`, WebSocket, silenceMs: 10_000, timeoutMs: 1000,
    token: async () => undefined, parse: JSON.parse, stringify: JSON.stringify, ...options,
  });
  sockets.push(socket);
  return socket;
}

/** A listener that remembers. */
function listener() {
  const told = { events: [], alive: 0 };
  told.lost = new Promise((resolve) => (told.onLost = resolve));
  told.onEvent = (event) => told.events.push(event);
  told.onAlive = () => (told.alive += 1);
  return told;
}

const untilTrue = async (condition) => {
  for (const deadline = Date.now() + 5000; !condition();) {
    assert.ok(Date.now() < deadline, condition.toString());
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

test('events that come in the same breath as the answer wait for their reader', async () => {
  handle = ({ type, id }, say) => {
    if (type !== 'subscribe') return;
    say({ type: 'subscribed', id, stream: 's', reused: false });
    say({ stream: 's', event: 'init', id: 'e-1', data: [] });
    say({ stream: 's', event: 'update', id: 'e-2', data: [['a', [1]]] });
    say({ stream: 'another', event: 'update', id: 'e-9', data: [] });
  };
  const socket = connect();
  await socket.ready;
  const { stream } = await socket.ask({ type: 'subscribe', resource: 'r' });
  await new Promise((resolve) => setTimeout(resolve, 30));
  const told = listener();
  socket.listen(stream, told);
  assert.deepEqual(told.events.map(({ event, id }) => [event, id]), [['init', 'e-1'], ['update', 'e-2']]);
});

test('after leaving a stream nothing more of it is told', async () => {
  let speak;
  handle = ({ type, id, stream }, say) => {
    speak = say;
    if (type === 'unsubscribe') {
      say({ stream, event: 'update', id: 'e-2', data: [] });
      say({ type: 'unsubscribed', id, stream });
    }
  };
  const socket = connect();
  await socket.ready;
  const told = listener();
  socket.listen('s', told);
  await socket.leave('s');
  speak({ stream: 's', event: 'update', id: 'e-3', data: [] });
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.deepEqual(told.events, []);
});

test('a refusal is the problem that the service sent', async () => {
  handle = ({ id }, say) => say({ type: 'error', id, problem: { status: 404, code: 'not_found', primary: 'there is no resource r' } });
  const socket = connect();
  await socket.ready;
  await assert.rejects(socket.ask({ type: 'subscribe', resource: 'r' }), { status: 404, code: 'not_found', primary: 'there is no resource r' });
  assert.equal(socket.isOpen, true);
});

test('an answer that does not come is a timeout, and one that comes late disturbs nobody', async () => {
  let late;
  handle = ({ id }, say) => (late = () => say({ type: 'written', id, version: 1 }));
  const socket = connect({ timeoutMs: 1000 });
  await socket.ready;
  await assert.rejects(socket.ask({ type: 'write', inputs: {} }), { code: 'timeout' });
  late();
  handle = ({ id }, say) => say({ type: 'pong', id });
  assert.equal((await socket.ask({ type: 'ping' })).type, 'pong');
});

test('a stream whose subscription comes too late is left again', async () => {
  let late;
  handle = ({ type, id, stream }, say) => {
    if (type === 'subscribe') late = () => say({ type: 'subscribed', id, stream: 's', reused: false });
    else say({ type: 'unsubscribed', id, stream });
  };
  const socket = connect({ timeoutMs: 1000 });
  await socket.ready;
  await assert.rejects(socket.ask({ type: 'subscribe', stream: 's' }), { code: 'timeout' });
  late();
  await untilTrue(() => received.some(({ type, stream }) => type === 'unsubscribe' && stream === 's'));
});

test('a socket that is lost tells everybody who waits', async () => {
  handle = (message, say, socket) => socket.terminate();
  const socket = connect();
  await socket.ready;
  const told = [listener(), listener()];
  socket.listen('a', told[0]);
  socket.listen('b', told[1]);
  await assert.rejects(socket.ask({ type: 'write', inputs: {} }), { code: 'unreachable' });
  for (const { lost } of told) assert.equal((await lost).code, 'unreachable');
  assert.equal(socket.isOver, true);
  await assert.rejects(socket.ask({ type: 'ping' }), { code: 'unreachable' });
});

test('a silent socket is asked whether it is there, and lives on if it is', async () => {
  handle = ({ type, id }, say) => type === 'ping' && say({ type: 'pong', id });
  const socket = connect({ silenceMs: 400 });
  await socket.ready;
  const told = listener();
  socket.listen('s', told);
  await untilTrue(() => received.filter(({ type }) => type === 'ping').length >= 4);
  assert.equal(socket.isOver, false);
  assert.ok(told.alive >= 3, 'its streams live with it');
});

test('a socket that stays silent is over', async () => {
  const socket = connect({ silenceMs: 400 });
  await socket.ready;
  const told = listener();
  socket.listen('s', told);
  assert.match((await told.lost).message, /silent/);
});

test('a token is told first, and renewed if it is refused', async () => {
  handle = ({ type, id, token }, say) => {
    if (type === 'token' && token === 'good') say({ type: 'authenticated', id, user: 'ada' });
    else if (type === 'token') say({ type: 'error', id, problem: { status: 401, code: 'forbidden', primary: 'the token is refused' } });
    else say({ type: 'pong', id });
  };
  const socket = connect({ token: async (renew) => (renew ? 'good' : 'stale') });
  await socket.ready;
  await socket.ask({ type: 'ping' });
  assert.deepEqual(received.map(({ type, token }) => [type, token]), [['token', 'stale'], ['token', 'good'], ['ping', undefined]]);
  const refused = connect({ token: async () => 'stale' });
  await assert.rejects(refused.ready, { status: 401 });
});

test('a message that is no JSON ends the socket', async () => {
  handle = (message, say) => say('{"stream":');
  const socket = connect();
  await socket.ready;
  await assert.rejects(socket.ask({ type: 'ping' }), { code: 'unreadable' });
  assert.equal(socket.isOver, true);
});

test('a server that is not there, or does not answer, is told from one that does', async () => {
  await assert.rejects(connect({ url: 'ws://127.0.0.1:1/v1/ws' }).ready, { code: 'unreachable' });
});

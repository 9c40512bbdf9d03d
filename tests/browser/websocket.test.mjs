// SPDX-License-Identifier: MIT
// Streams over a browser's own WebSocket: the code that the guide shows, in a page of the service.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ServiceProcess } from '../clients/service_process.mjs';
import { Browser } from './browser.mjs';

const FOLLOW = fileURLToPath(new URL('follow.js', import.meta.url));
const PATIENCE = { timeout: 20_000 }; // a busy machine may run all this beside a compiler

let browser;
before(async () => {
  browser = await Browser.start();
});
after(() => browser?.stop());

const untilRows = (page, rows) =>
  page.waitForFunction((expected) => JSON.stringify([...globalThis.seen].sort()) === expected, JSON.stringify(rows), PATIENCE);

test('a page follows a resource, also over a restart of the service', async () => {
  let service = await ServiceProcess.start();
  const { port } = service;
  await service.write('words', [['a', ['1']]]);
  const { page } = await browser.open(`${service.url}/healthz`);
  await page.addScriptTag({ path: FOLLOW });
  await page.evaluate(() => {
    globalThis.seen = [];
    globalThis.follow('words', {}, (rows) => { globalThis.seen = [...rows]; });
  });
  await untilRows(page, [['"a"', ['1']]]);
  await service.write('words', [['a', []], ['b', ['x'.repeat(1000), 'αβγ']]]);
  await untilRows(page, [['"b"', ['x'.repeat(1000), 'αβγ']]]);
  assert.equal(await service.stop(), 0);
  service = await ServiceProcess.start('--port', String(port));
  await service.write('words', [['c', ['3']]]);
  await untilRows(page, [['"c"', ['3']]]);
  await page.close();
  assert.equal(await service.stop(), 0);
});

test('a page of another origin may not connect', async () => {
  const service = await ServiceProcess.start();
  const other = await ServiceProcess.start();
  const { page } = await browser.open(`${other.url}/healthz`);
  const outcome = await page.evaluate((url) => new Promise((resolve) => {
    const socket = new WebSocket(url);
    socket.onopen = () => resolve('open');
    socket.onclose = (event) => resolve(event.code);
  }), `ws://127.0.0.1:${service.port}/v1/ws`);
  assert.equal(outcome, 1006);
  await page.close();
  await other.stop();
  await service.stop();
});

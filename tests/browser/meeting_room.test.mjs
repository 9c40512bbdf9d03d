// SPDX-License-Identifier: MIT
// A meeting that several people look at: the real program over SQLite, a real browser, three windows at the same time.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { ServiceProcess } from '../clients/service_process.mjs';
import { Browser } from './browser.mjs';

const ARTIFACTS = process.env.FRESHET_ARTIFACTS ?? os.tmpdir();
const PATIENCE = { timeout: 30_000 }; // a busy machine may run all this beside a compiler

let browser;
let folder;
let service;
let windows = [];

before(async () => {
  await mkdir(ARTIFACTS, { recursive: true });
  browser = await Browser.start();
});
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'freshet-meeting-'));
  service = await start();
});
afterEach(async () => {
  await Promise.all(windows.map(({ page }) => page.close()));
  windows = [];
  await service?.stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});
after(() => browser?.stop());

const start = (...args) => ServiceProcess.start('--store', `sqlite:${folder}/meeting_room.db`, ...args);

async function open(user, options) {
  const opened = await browser.open(`${service.url}/?user=${user}`, options);
  windows.push(opened);
  await until(opened.page, '#connection-text', /^Live$/);
  await until(opened.page, '#attending-count', /^\d+$/);
  return opened.page;
}

const until = (page, selector, expected) =>
  page.waitForFunction(([where, source]) => new RegExp(source).test(document.querySelector(where)?.innerText ?? ''),
    [selector, expected.source], PATIENCE);
const names = (page) => page.locator('#attending .name').allInnerTexts();
const untilNames = (page, expected) =>
  page.waitForFunction((wanted) => [...document.querySelectorAll('#attending .name')].map((each) => each.innerText).join() === wanted,
    expected.join(), PATIENCE);

const ALL = ['Joshua Pendergrast', 'Thomasina Manes', 'Tijuana Furlong'];

test('a click in one window changes all others at once', async () => {
  const [tijuana, thomasina, joshua] = await Promise.all([open('tijuana'), open('thomasina'), open('joshua')]);
  for (const page of [tijuana, thomasina, joshua]) {
    assert.deepEqual(await names(page), ALL);
    assert.equal(await page.locator('#hearing-aids').innerText(), '2');
    assert.equal(await page.locator('#address').innerText(), '9500 Gilman Drive, La Jolla, CA');
  }
  await tijuana.screenshot({ path: path.join(ARTIFACTS, 'meeting_room.png'), fullPage: true });

  await tijuana.locator('#ticket-tj_t').click();
  for (const page of [tijuana, thomasina, joshua]) {
    await untilNames(page, ALL.slice(0, 2));
    await until(page, '#hearing-aids', /^1$/);
    assert.equal(await page.locator('#ticket-tj_t').isChecked(), false);
  }

  await joshua.locator('#in-session').click();
  for (const page of [tijuana, thomasina, joshua]) {
    await until(page, '#state', /^Not in session$/);
    assert.deepEqual(await names(page), ALL.slice(0, 2));
  }
  await thomasina.locator('#in-session').click();
  for (const page of [tijuana, thomasina, joshua]) await until(page, '#state', /^In session$/);
  for (const { faults } of windows) assert.deepEqual(faults.list, []);
});

test('somebody who is invited in one window appears in all', async () => {
  const [first, second, third] = await Promise.all([open('tijuana'), open('joshua'), open('')]);
  await first.locator('#invite [name=firstName]').fill('Ada');
  await first.locator('#invite [name=lastName]').fill('Lovelace');
  await first.locator('#invite [name=organization]').fill('Analytical Engines');
  await first.locator('#invite [name=hearingAidRequested]').check();
  await first.locator('#invite button').click();
  for (const page of [first, second, third]) {
    await untilNames(page, ['Ada Lovelace', ...ALL]);
    await until(page, '#hearing-aids', /^3$/);
    await until(page, '#organizations', /^3$/);
  }
  // Invited twice: told, and nothing happens.
  await first.locator('#invite [name=firstName]').fill('Ada');
  await first.locator('#invite [name=lastName]').fill('Lovelace');
  await first.locator('#invite [name=organization]').fill('Elsewhere');
  await first.locator('#invite button').click();
  await first.locator('#trouble').waitFor({ state: 'visible', ...PATIENCE });
  assert.deepEqual(await names(third), ['Ada Lovelace', ...ALL]);
  for (const { faults } of windows) assert.deepEqual(faults.unprovoked(), []);
});

test('a service that is killed comes back with what was clicked, and so do the windows', async () => {
  const pages = await Promise.all([open('tijuana'), open('thomasina'), open('joshua')]);
  await pages[1].locator('#ticket-js_t').click();
  for (const page of pages) await untilNames(page, ['Thomasina Manes', 'Tijuana Furlong']);
  const { port } = service;
  await service.stop('SIGKILL');
  await until(pages[0], '#connection-text', /Not connected|Reconnecting/);
  service = await start('--port', String(port));
  for (const page of pages) {
    await until(page, '#connection-text', /^Live$/);
    await untilNames(page, ['Thomasina Manes', 'Tijuana Furlong']);
  }
  await pages[2].locator('#ticket-js_t').click();
  for (const page of pages) await untilNames(page, ALL);
});

test('the page is usable on a phone, in the dark and by keyboard', async () => {
  const page = await open('thomasina', { width: 360, height: 780, colorScheme: 'dark' });
  const [inner, outer] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(inner <= outer, `the page is ${inner} wide in a window of ${outer}`);
  await page.screenshot({ path: path.join(ARTIFACTS, 'meeting_room_phone.png'), fullPage: true });
  await page.locator('#ticket-ts_t').focus();
  await page.keyboard.press('Space');
  await untilNames(page, ['Joshua Pendergrast', 'Tijuana Furlong']);
  assert.deepEqual(windows[0].faults.list, []);
});

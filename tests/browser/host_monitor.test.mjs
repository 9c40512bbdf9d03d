// SPDX-License-Identifier: MIT
// The page of host_monitor as people meet it: the real program, a real browser, this very machine.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { ServiceProcess } from '../clients/service_process.mjs';
import { Browser } from './browser.mjs';

const ARTIFACTS = process.env.FRESHET_ARTIFACTS ?? os.tmpdir();
const PATIENCE = { timeout: 20_000 }; // a busy machine may run all this beside a compiler
const PHONE = { width: 360, height: 780 };

let browser;
let service;
let page;
let faults;

before(async () => {
  await mkdir(ARTIFACTS, { recursive: true });
  browser = await Browser.start();
});
afterEach(async () => {
  await page?.close();
  await service?.stop();
  page = service = null;
});
after(() => browser?.stop());

async function show({ intervalMs = 200, ...window } = {}) {
  service = await ServiceProcess.start('--interval-ms', String(intervalMs));
  ({ page, faults } = await browser.open(service.url, window));
  await untilText('#connection-text', /^Live$/);
}

const text = (selector) => page.locator(selector).innerText();
const untilText = (selector, expected) =>
  page.waitForFunction(([where, source]) => new RegExp(source).test(document.querySelector(where)?.innerText ?? ''),
    [selector, expected.source], PATIENCE);

const limitField = (metric, level) => page.locator(`#limit-${metric}-${level}`);
async function enter(metric, level, value) {
  await limitField(metric, level).fill(value);
  await limitField(metric, level).press('Enter');
}

/** How many points a chart's lines have, told from the page's own module. */
const chartedPoints = (model, name) =>
  page.evaluate(async ([of, line]) => {
    const { histories } = await import('/rows.js');
    return histories[of].columns([line])[1].filter((value) => value !== null).length;
  }, [model, name]);

/** How many pixels of a chart are neither empty nor grey: what its lines and areas cover. */
const colouredPixels = (chart) =>
  page.evaluate((id) => {
    const canvas = document.querySelector(`#${id} canvas`);
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let count = 0;
    for (let i = 0; i < data.length; i += 4)
      if (data[i + 3] > 0 && Math.max(data[i], data[i + 1], data[i + 2]) - Math.min(data[i], data[i + 1], data[i + 2]) > 60) ++count;
    return count;
  }, chart);

test('charts and tables fill with what this machine does', async () => {
  await show();
  const busy = spawn(process.execPath, ['-e', 'for (;;) {}'], { stdio: 'ignore' });
  try {
    await untilText('#host-name', new RegExp(`^${os.hostname()}$`));
    const gibibytes = (os.totalmem() / 2 ** 30).toFixed(1);
    assert.match(await text('#memory-detail'), new RegExp(`of ${gibibytes} GiB`));
    assert.equal(await page.locator('#cpu-list li').count(), os.cpus().length);
    assert.ok((await page.locator('#filesystems li').count()) >= 1);
    assert.ok((await page.locator('#users tbody tr').count()) >= 1);

    const row = page.locator('#processes tbody tr').filter({ has: page.locator(`td:text-is("${busy.pid}")`) });
    await row.waitFor(PATIENCE);
    assert.match(await row.innerText(), /node/);
    for (const chart of ['cpu-chart', 'memory-chart']) assert.ok((await colouredPixels(chart)) > 50, `${chart} is empty`);
    assert.equal(await page.locator('.chart canvas').count(), 4);
  } finally {
    busy.kill('SIGKILL');
  }
  assert.deepEqual(faults.list, []);
});

test('values move, and a page that comes later has the minute before it', async () => {
  await show();
  const figures = await text('#processes tbody');
  await page.waitForFunction((before) => document.querySelector('#processes tbody').innerText !== before, figures, PATIENCE);
  const points = await chartedPoints('cpu_load', 'all');
  await page.waitForFunction((before) => import('/rows.js').then(({ histories }) =>
    histories.cpu_load.columns(['all'])[1].length > before + 5), points, PATIENCE);

  await page.reload();
  await untilText('#connection-text', /^Live$/);
  await page.waitForFunction((before) => import('/rows.js').then(({ histories }) =>
    histories.cpu_load.columns(['all'])[1].length > before), points, PATIENCE);
  assert.deepEqual(faults.list, []);
});

test('processes are sorted by what a reader clicks on and filtered by what they ask for', async () => {
  await show();
  await page.locator('#processes-share').selectOption('0.1');
  await page.waitForFunction(() => document.querySelectorAll('#processes tbody tr').length > 3, null, PATIENCE);
  await page.locator('#processes th[data-column=memory_bytes] button').click();
  assert.equal(await page.locator('#processes th[data-column=memory_bytes]').getAttribute('aria-sort'), 'descending');
  await page.locator('#processes th[data-column=pid] button').click();
  const pids = await page.locator('#processes tbody td[data-column=pid]').allInnerTexts();
  assert.deepEqual(pids, [...pids].sort((a, b) => a - b));

  const many = pids.length;
  await page.locator('#processes-share').selectOption('20');
  await page.waitForFunction((before) => document.querySelectorAll('#processes tbody tr').length < before, many, PATIENCE);
  assert.deepEqual(faults.list, []);
});

test('a changed limit raises an alert at once, on every page', async () => {
  await show({ intervalMs: 10_000 }); // so that it cannot be the next reading that raises it
  const other = await browser.open(service.url);
  await enter('memory_percent', 'warning', '0');
  for (const each of [page, other.page])
    await each.locator('#alerts-list li', { hasText: 'Memory used' }).waitFor({ timeout: 5_000 });
  assert.equal(await other.page.locator('#limit-memory_percent-warning').inputValue(), '0');

  await enter('memory_percent', 'warning', '94,5');
  await page.locator('#alerts-list li', { hasText: 'Memory used' }).waitFor({ state: 'detached', timeout: 5_000 });
  await other.page.close();
  assert.deepEqual([...faults.list, ...other.faults.list], []);
});

test('a limit that makes no sense is refused beside its field, and nothing changes', async () => {
  await show();
  const problem = '#limit-memory_percent-problem';
  for (const [level, value, complaint] of [
    ['warning', 'much', /expected a number/],
    ['critical', '-3', /must lie between 0 and/],
    ['critical', '130', /at most 100/],
    ['warning', '96', /must not be above critical/],
  ]) {
    await enter('memory_percent', level, value);
    await untilText(problem, complaint);
    assert.equal(await limitField('memory_percent', level).getAttribute('aria-invalid'), 'true');
    await limitField('memory_percent', level).press('Escape');
    assert.equal(await text(problem), '');
    assert.equal(await limitField('memory_percent', level).getAttribute('aria-invalid'), 'false');
  }
  assert.equal(await limitField('memory_percent', 'warning').inputValue(), '80');
  const [, [limit]] = (await service.request('POST', '/v1/snapshot/limits', {})).json().find(([key]) => key === 'memory_percent');
  assert.deepEqual(limit, { metric: 'memory_percent', warning: 80, critical: 95 });
  assert.deepEqual(faults.unprovoked(), []);
});

test('the page survives a server that dies and comes back', async () => {
  await show();
  await enter('memory_percent', 'warning', '1');
  await page.waitForFunction(() => import('/rows.js').then(({ histories }) => histories.cpu_load.columns(['all'])[1].length > 5), null, PATIENCE);
  const points = await chartedPoints('cpu_load', 'all');
  const { port } = service;
  await service.stop('SIGKILL');
  await untilText('#connection-text', /^(Reconnecting|Not connected)/);

  await new Promise((resolve) => setTimeout(resolve, 1500));
  service = await ServiceProcess.start('--interval-ms', '200', '--port', String(port));
  await untilText('#connection-text', /^Live$/);
  await page.waitForFunction(() => document.querySelector('#limit-memory_percent-warning').value === '80', null, PATIENCE);
  await page.waitForFunction((before) => import('/rows.js').then(({ histories }) =>
    histories.cpu_load.columns(['all'])[1].filter((value) => value !== null).length > before), points, PATIENCE);
  assert.ok(await page.evaluate(() => import('/rows.js').then(({ histories }) => histories.cpu_load.columns(['all'])[1].includes(null))),
    'the time without a server is a hole in the line');
  assert.deepEqual(faults.unprovoked(), []);
});

test('a page that is left gives its stream back', async () => {
  await show();
  const openings = async () => /^freshet_openings (\d+)$/m.exec((await service.request('GET', '/metrics')).text)[1];
  assert.equal(await openings(), '1');
  await page.goto('about:blank');
  for (let i = 0; i < 50 && (await openings()) !== '0'; ++i) await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(await openings(), '0');
});

test('a phone shows all of it without scrolling sideways', async () => {
  await show({ ...PHONE, colorScheme: 'dark', intervalMs: 500 });
  await enter('memory_percent', 'warning', '0');
  await page.locator('#alerts-list li', { hasText: 'Memory used' }).waitFor(PATIENCE);
  const widths = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(widths[0] <= widths[1], `${widths[0]} px wide in a window of ${widths[1]} px`);
  await page.waitForTimeout(5_000);
  await page.evaluate(() => document.activeElement.blur());
  await page.screenshot({ path: path.join(ARTIFACTS, 'host_monitor-phone-dark.png'), fullPage: true });
  assert.deepEqual(faults.list, []);
});

test('the dark scheme changes every colour, charts included, and text stays legible in both', async () => {
  await show({ intervalMs: 500 });
  await page.waitForTimeout(5_000);
  await page.screenshot({ path: path.join(ARTIFACTS, 'host_monitor-desktop-light.png'), fullPage: true });
  assert.ok((await lowestContrast()) >= 4.5);
  assert.ok(await memoryLineHas(111, 72, 201));
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.waitForFunction(() => getComputedStyle(document.body).backgroundColor === 'rgb(14, 18, 22)', null, PATIENCE);
  for (let i = 0; i < 50 && !(await memoryLineHas(177, 151, 252)); ++i) await page.waitForTimeout(100);
  assert.ok(await memoryLineHas(177, 151, 252));
  assert.ok(!(await memoryLineHas(111, 72, 201)));
  assert.ok((await lowestContrast()) >= 4.5);
  assert.deepEqual(faults.list, []);
});

/** Whether the chart of memory is drawn in this colour. */
const memoryLineHas = (...colour) =>
  page.evaluate((wanted) => {
    const canvas = document.querySelector('#memory-chart canvas');
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let count = 0;
    for (let i = 0; i < data.length; i += 4)
      if (data[i + 3] > 200 && wanted.every((channel, c) => Math.abs(channel - data[i + c]) <= 6)) ++count;
    return count > 10;
  }, colour);

/** The lowest contrast between a colour of text and the ground it stands on (WCAG 2). */
function lowestContrast() {
  return page.evaluate(() => {
    const style = getComputedStyle(document.documentElement);
    const luminance = (name) => {
      const [r, g, b] = style.getPropertyValue(name).trim().slice(1).match(/../g).map((hex) => {
        const c = parseInt(hex, 16) / 255;
        return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const contrast = (text, ground) => {
      const [a, b] = [luminance(text), luminance(ground)].sort((x, y) => y - x);
      return (a + 0.05) / (b + 0.05);
    };
    return Math.min(...[
      ['--text', '--ground'], ['--muted', '--ground'], ['--text', '--card'], ['--muted', '--card'], ['--accent', '--card'],
      ['--good', '--card'], ['--critical', '--card'], ['--critical', '--critical-soft'], ['--warning', '--warning-soft'],
      ['--muted', '--critical-soft'], ['--muted', '--warning-soft'],
    ].map(([text, ground]) => contrast(text, ground)));
  });
}

test('every field has a name, and who wants no motion gets none', async () => {
  await show({ reducedMotion: 'reduce' });
  const nameless = await page.evaluate(() => [...document.querySelectorAll('input, select, button')]
    .filter((control) => !(control.labels?.length || control.innerText || control.hidden)).length);
  assert.equal(nameless, 0);
  const moving = await page.evaluate(() => document.getAnimations().length);
  assert.equal(moving, 0);
  assert.deepEqual(faults.list, []);
});

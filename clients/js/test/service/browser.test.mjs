// SPDX-License-Identifier: MIT
// The package as it is in Chromium, across origins, with the real service: connections, pages that come and go, React.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { Browser } from '../../../../tests/browser/browser.mjs';
import { ServiceProcess } from '../../../../tests/clients/service_process.mjs';
import { eventually } from './clients.mjs';
import { startPages } from './page_server.mjs';

const TRANSPORTS = ['sse', 'ndjson', 'poll', 'websocket'];

let browser;
let pages;
let service;
let page;
before(async () => {
  browser = await Browser.start();
  pages = await startPages();
});
after(async () => {
  await browser?.stop();
  pages?.stop();
});
beforeEach(async () => {
  service = await ServiceProcess.start('--cors-origin', pages.url);
  ({ page } = await browser.open(`${pages.url}/`));
  page.setDefaultTimeout(30_000);
});
afterEach(async () => {
  await browser.context.setOffline(false);
  await page?.close();
  await service?.stop('SIGKILL');
});

/** Opens a resource in the page, as `window.rows`; what it shows is read by shown(). */
const openIn = (options = {}, resource = 'words') =>
  page.evaluate(async ([url, given, name]) => {
    const { Freshet } = await import('@freshet/client');
    window.client = new Freshet(url, { backoff: { firstMs: 50, maxMs: 300 }, ...given });
    window.rows = window.client.open(name);
    window.statuses = [];
    window.inits = 0;
    window.rows.onStatus(({ name: status }) => window.statuses.push(status));
    window.rows.onChange((_, { type }) => (window.inits += type === 'init' ? 1 : 0));
    const late = new Promise((_, reject) => setTimeout(() => reject(new Error(JSON.stringify(window.rows.status))), 20_000));
    await Promise.race([window.rows.ready, late]);
  }, [service.url, options, resource]);
const shown = () => page.evaluate(() => Object.fromEntries([...window.rows].map(([key, values]) => [key, values[0]])));
const untilShown = (expected) => eventually(async () => assert.deepEqual(await shown(), expected), 20_000);
const untilStatus = (name) => page.waitForFunction((wanted) => window.rows.status.name === wanted, name);

for (const transport of TRANSPORTS) {
  test(`${transport}: a page of another origin shows what the service has, and writes`, async () => {
    await service.write('words', [['a', ['one']]]);
    await openIn({ transports: [transport] });
    assert.deepEqual(await shown(), { a: 'one' });
    await service.write('words', [['b', ['two']]]);
    await untilShown({ a: 'one', b: 'two' });
    const version = await page.evaluate(() => window.client.write({ words: [['a', []]] }, { visible: window.rows }));
    assert.equal(typeof version, 'number');
    assert.deepEqual(await shown(), { b: 'two' });
    const problem = await page.evaluate(() => window.client.write({ words: [['forbidden', ['x']]] }).catch(({ status, code }) => ({ status, code })));
    assert.equal(problem.status, 422);
  });

  test(`${transport}: a service that is killed and started anew is found again`, async () => {
    await openIn({ transports: [transport] });
    await service.stop('SIGKILL');
    await untilStatus('waiting');
    service = await ServiceProcess.start('--cors-origin', pages.url, '--port', String(service.port));
    await service.write('words', [['new', ['life']]]);
    await untilShown({ new: 'life' });
  });
}

test('a page that was offline goes on at once when it is online, with what it missed and no more', async () => {
  await openIn({ transports: ['poll'], backoff: { firstMs: 1e7, maxMs: 1e7 } });
  await service.write('words', [['before', ['x']]]);
  await untilShown({ before: 'x' });
  await browser.context.setOffline(true);
  await service.write('words', [['meanwhile', ['y']]]);
  await untilStatus('waiting');
  await browser.context.setOffline(false);
  await untilShown({ before: 'x', meanwhile: 'y' });
  assert.equal(await page.evaluate(() => window.inits), 1, 'it went on where it was');
});

test('a page that is left gives its openings back, and finds its rows when one comes back to it', async () => {
  await service.write('words', [['a', ['one']]]);
  await openIn();
  const openings = async () => Number(/^freshet_openings (\d+)$/m.exec((await service.request('GET', '/metrics')).text)[1]);
  assert.equal(await openings(), 1);
  await page.goto(`${pages.url}/elsewhere`);
  await eventually(async () => assert.equal(await openings(), 0));
  await page.goBack();
  // Chromium may keep the page as it was, and then it goes on; or load it anew, and then it has nothing to go on with.
  if (await page.evaluate(() => 'rows' in window)) {
    await service.write('words', [['b', ['two']]]);
    await untilShown({ a: 'one', b: 'two' });
  }
});

test('a page event of being left and shown again takes the stream down and up', async () => {
  await openIn();
  await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true })));
  await untilStatus('waiting');
  assert.match(await page.evaluate(() => window.rows.status.reason), /left/);
  await service.write('words', [['a', ['one']]]);
  await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })));
  await untilShown({ a: 'one' });
});

test('a page that nobody looks at gives its connection back, if it is told to', async () => {
  await openIn({ pauseHiddenAfterMs: 50 });
  const show = (state) => page.evaluate((now) => {
    Object.defineProperty(document, 'visibilityState', { value: now, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }, state);
  await show('hidden');
  await untilStatus('waiting');
  assert.match(await page.evaluate(() => window.rows.status.reason), /hidden/);
  await service.write('words', [['a', ['one']]]);
  await show('visible');
  await untilStatus('live');
  await untilShown({ a: 'one' });
});

/** Renders `App`, a function of React and the hooks, given as source text. */
async function render(app, ...values) {
  for (const script of ['react', 'react-dom']) await page.addScriptTag({ url: `${pages.url}/vendor/${script}.js` });
  await page.evaluate(async ([url, source, given]) => {
    const { Freshet } = await import('@freshet/client');
    const hooks = await import('@freshet/client/react');
    window.client = new Freshet(url);
    window.opened = [];
    const { open } = window.client;
    window.client.open = function (...call) {
      window.opened.push(open.apply(this, call));
      return window.opened.at(-1);
    };
    window.App = new Function('React', 'hooks', 'client', `return ${source}`)(React, hooks, window.client);
    window.root = ReactDOM.createRoot(document.querySelector('#root'));
    window.show = (props) => window.root.render(React.createElement(React.StrictMode, null, React.createElement(window.App, props)));
    window.show(given);
  }, [service.url, app.toString(), values[0] ?? {}]);
}
const untilText = (text) => eventually(async () => assert.equal(await page.locator('#root').innerText(), text), 20_000);

test('React: components show collections, share streams, and end them when they are gone', async () => {
  await service.write('words', [['a', ['one']]]);
  await render(`function App() {
    const List = () => {
      const words = hooks.useCollection(client, 'words', {});
      return React.createElement('p', null, words.ready ? [...words].map(([key, [value]]) => key + '=' + value).join() : words.status.name);
    };
    const Part = App.Part ??= List;
    return [0, 1, 2].map((key) => React.createElement(Part, { key }));
  }`);
  await untilText('a=one\n\na=one\n\na=one');
  assert.equal(await page.evaluate(() => window.opened.length), 1, 'three components, in strict mode, share one stream');
  await service.write('words', [['b', ['two']]]);
  await untilText('a=one,b=two\n\na=one,b=two\n\na=one,b=two');
  await page.evaluate(() => window.root.unmount());
  await page.waitForFunction(() => window.opened[0].status.name === 'closed');
});

test('React: a component follows its parameters, and equal ones are the same', async () => {
  await service.write('numbers', [[1, [10]], [2, [20]]]);
  await render(`function App({ threshold }) {
    const numbers = hooks.useCollection(client, 'greater', { threshold });
    return threshold + ': ' + (numbers.ready ? [...numbers.values()].join() : '');
  }`, { threshold: 5 });
  await untilText('5: 10,20');
  await page.evaluate(() => window.show({ threshold: 15 }));
  await untilText('15: 20');
  await page.evaluate(() => window.show({ threshold: 15 }));
  await untilText('15: 20');
  assert.equal(await page.evaluate(() => window.opened.length), 2);
  await page.waitForFunction(() => window.opened[0].status.name === 'closed');
  await service.write('numbers', [[1, []], [2, []]]);
  await untilText('15:');
});

test('React: a component that shows one row renders only when that changes', async () => {
  await service.write('words', [['mine', ['0']]]);
  await render(`function App() {
    window.renders = (window.renders ?? 0) + 1;
    return hooks.useRow(client, 'words', 'mine')?.[0] ?? 'none';
  }`);
  await untilText('0');
  const before = await page.evaluate(() => window.renders);
  for (let i = 1; i <= 20; ++i) await service.write('words', [[`other${i}`, [String(i)]]]);
  await page.waitForFunction(() => window.opened[0].size === 21);
  assert.equal(await page.evaluate(() => window.renders), before);
  await service.write('words', [['mine', ['1']]]);
  await untilText('1');
});

test('React: what is rendered tells status and errors', async () => {
  await service.write('numbers', [[1, [0]], [2, [5]]]);
  await render(`function App() {
    const rows = hooks.useCollection(client, 'quotient', { dividend: 10 });
    const none = hooks.useCollection(client, 'no_such_resource');
    return [rows.size, rows.errors.length, none.status.name].join(' ');
  }`);
  await untilText('1 1 refused');
  await service.write('numbers', [[1, [1]]]);
  await untilText('2 0 refused');
});

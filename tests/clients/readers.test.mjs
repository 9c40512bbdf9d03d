// SPDX-License-Identifier: MIT
// Other people's readers of server-sent events: each gets the state, each change once, and after a cut what it missed.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { EventSource as NpmEventSource } from 'eventsource';
import { createParser } from 'eventsource-parser';
import { EventSource as UndiciEventSource } from 'undici';
import { Detour } from './detour.mjs';
import { ServiceProcess } from './service_process.mjs';

const { fetchEventSource } = createRequire(import.meta.url)('@microsoft/fetch-event-source');
// It expects to be in a page.
globalThis.window ??= globalThis;
globalThis.document ??= new EventTarget();

const TYPES = ['init', 'update', 'close'];

/** Each begins to read and tells what it reads, `{type, id, data}`; what it gives ends that. */
const READERS = {
  eventsource: (url, tell) => readWith(NpmEventSource, url, tell),
  'EventSource of undici': (url, tell) => readWith(UndiciEventSource, url, tell),
  'fetch-event-source': (url, tell) => {
    const controller = new AbortController();
    fetchEventSource(url, {
      signal: controller.signal,
      openWhenHidden: true,
      // What it makes of comments has no data.
      onmessage: ({ event, id, data }) => data !== '' && tell({ type: event, id, data }),
      onerror: () => 50,
      onclose: () => {
        throw new Error('it ended: again');
      },
    }).catch(() => {});
    return () => controller.abort();
  },
  'eventsource-parser and fetch': (url, tell) => {
    const controller = new AbortController();
    followWithParser(url, tell, controller.signal).catch(() => {});
    return () => controller.abort();
  },
};

function readWith(Source, url, tell) {
  const source = new Source(url);
  for (const type of TYPES) {
    source.addEventListener(type, (event) => tell({ type, id: event.lastEventId, data: event.data }));
  }
  return () => source.close();
}

async function followWithParser(url, tell, signal) {
  let last;
  while (!signal.aborted) {
    const parser = createParser({
      onEvent: ({ event, id, data }) => {
        last = id ?? last;
        tell({ type: event, id, data });
      },
    });
    try {
      const response = await fetch(url, { signal, headers: last === undefined ? {} : { 'Last-Event-ID': last } });
      const decoder = new TextDecoder();
      for await (const part of response.body) parser.feed(decoder.decode(part, { stream: true }));
    } catch {
      // Cut: from where it was.
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

let service;
before(async () => {
  service = await ServiceProcess.start();
});
after(async () => {
  assert.equal(await service.stop(), 0);
});

async function until(condition, what, patienceMs = 30_000) {
  const deadline = Date.now() + patienceMs;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

for (const [name, read] of Object.entries(READERS)) {
  test(`${name} gets each change once, and after a cut what it missed`, async () => {
    const key = `of ${name}`;
    await service.write('words', [[key, ['first']]]);
    const instance = await service.open('words');
    const detour = await Detour.to(service.port);
    const events = [];
    const stop = read(`${detour.url}/v1/streams/${instance}`, (event) => events.push(event));
    const told = () => JSON.stringify(events.slice(-5));
    const values = () =>
      events.flatMap(({ data }) => JSON.parse(data)).filter(([at]) => at === key).map(([, [value]]) => value);
    await until(() => events.length === 1, told);
    assert.equal(events[0].type, 'init');
    await service.write('words', [[key, ['second\nline, "quoted", \u2028 and \u{1F389}']]]);
    await until(() => events.length === 2, told);

    for (let round = 0; round < 3; ++round) {
      detour.cut();
      const missed = [`missed ${round}.1`, `missed ${round}.2`];
      for (const value of missed) await service.write('words', [[key, [value]]]);
      await until(() => values().at(-1) === missed[1], told);
      assert.deepEqual(values().slice(-2), missed);
    }
    assert.equal(values()[1], 'second\nline, "quoted", \u2028 and \u{1F389}');
    assert.deepEqual(events.map(({ type }) => type), ['init', ...Array(7).fill('update')], 'resumed each time');
    assert.equal(new Set(events.map(({ id }) => id)).size, 8, 'nothing twice');

    await service.request('DELETE', `/v1/streams/${instance}`);
    await until(() => events.at(-1).type === 'close', told);
    stop();
    await detour.close();
  });
}

// SPDX-License-Identifier: MIT
// What the server told us: the rows of each model as they are now, and the last minute of what is drawn as a chart.
import {History} from './history.js';
import {client} from './service.js';

export const kSpanSeconds = 60;

const kModels = [
  'host', 'cpu_load', 'memory_sample', 'disk_sample', 'interface_sample', 'filesystem', 'sensor', 'process', 'user_total',
  'limit', 'alert',
];

/** What of a sample goes into a history, and which resource has the minute before the page came. */
const kCharted = {
  cpu_load: {
    resource: 'cpu_history',
    figures: (sample) => ({[sample.cpu]: sample.busy_percent}),
  },
  memory_sample: {
    resource: 'memory_history',
    figures: (sample) => ({used: sample.used_percent, swap: sample.swap_percent}),
  },
  disk_sample: {
    resource: 'disk_history',
    figures: (sample) => ({[`${sample.disk} in`]: sample.read_bytes_per_s, [`${sample.disk} out`]: sample.written_bytes_per_s}),
  },
  interface_sample: {
    resource: 'interface_history',
    figures: (sample) => ({[`${sample.interface} in`]: sample.received_bytes_per_s, [`${sample.interface} out`]: sample.sent_bytes_per_s}),
  },
};

export const rows = Object.fromEntries(kModels.map((model) => [model, new Map()]));
export const histories = Object.fromEntries(Object.keys(kCharted).map((model) => [model, new History(kSpanSeconds * 1000)]));

export const all = (model) => [...rows[model].values()];
export const byName = (a, b) => a.localeCompare(b, undefined, {numeric: true});

function note(model, samples) {
  for (const sample of samples) histories[model].add(Date.parse(sample.at), kCharted[model].figures(sample));
}

/** Applies changes of keys "model:key", no row meaning gone, and returns the models that they touched. */
export function apply(changes) {
  const touched = new Set();
  for (const {key, values: [row]} of changes) {
    const model = key.slice(0, key.indexOf(':'));
    if (!(model in rows)) continue; // a server newer than this page
    if (row) rows[model].set(key, row);
    else rows[model].delete(key);
    touched.add(model);
  }
  for (const model of touched) if (model in kCharted) note(model, all(model));
  return touched;
}

/** The same for everything there is: what is not named is gone. Histories stay. */
export function replace(changes) {
  for (const map of Object.values(rows)) map.clear();
  apply(changes);
  return new Set(kModels);
}

/** Asks for the minute before now, and returns the models that came. */
export async function loadHistories() {
  const loaded = await Promise.allSettled(Object.entries(kCharted).map(async ([model, {resource}]) => {
    note(model, (await client.snapshot(resource)).values());
    return model;
  }));
  return new Set(loaded.filter((each) => each.status === 'fulfilled').map((each) => each.value));
}

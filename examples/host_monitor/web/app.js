// SPDX-License-Identifier: MIT
// The page: one stream (`dashboard`) brings every row that is shown, one snapshot per chart brings the minute before.
import {Chart} from './chart.js';
import {bytes, duration, percent, rate} from './format.js';
import {History} from './history.js';
import {LimitForm} from './limits.js';
import {metricName} from './metrics.js';
import {Follower, send} from './stream.js';
import {Table} from './table.js';

const kSpanSeconds = 60;
const kHiddenMsMax = 20_000;
const kLinesMax = 8; // more CPUs than this are drawn in one colour

const element = (id) => document.getElementById(id);
const make = (tag, className, text) => Object.assign(document.createElement(tag), {className, textContent: text ?? ''});

// ---- What the server told us: kind -> (name -> row), and what of it must be drawn again. ----

const rows = Object.fromEntries(
  ['host', 'cpu', 'memory', 'disk', 'interface', 'filesystem', 'sensor', 'process', 'user', 'limit', 'alert']
    .map((kind) => [kind, new Map()]));
const stale = new Set();
const histories = {
  cpu: new History(kSpanSeconds * 1000),
  memory: new History(kSpanSeconds * 1000),
  disk: new History(kSpanSeconds * 1000),
  interface: new History(kSpanSeconds * 1000),
};
let lastDataAt = 0;

const all = (kind) => [...rows[kind].values()];

function take(changes) {
  for (const [key, [panel]] of changes) {
    const kind = key.slice(0, key.indexOf(':'));
    if (panel) rows[kind].set(key, panel[kind]);
    else rows[kind].delete(key);
    stale.add(kind);
  }
  for (const kind of Object.keys(histories)) if (stale.has(kind)) note(kind, all(kind));
  lastDataAt = Date.now();
  requestAnimationFrame(draw);
}

function takeAll(changes) {
  for (const [kind, map] of Object.entries(rows)) {
    map.clear();
    stale.add(kind);
  }
  take(changes);
  loadHistory();
}

/** Notes samples in the history of their kind; those of one moment become one point. */
function note(kind, samples) {
  const figures = {
    cpu: (sample) => ({[sample.cpu]: sample.busy_percent}),
    memory: (sample) => ({used: sample.used_percent, swap: sample.swap_percent}),
    disk: (sample) => ({[`${sample.disk} read`]: sample.read_bytes_per_s, [`${sample.disk} written`]: sample.written_bytes_per_s}),
    interface: (sample) => ({[`${sample.interface} received`]: sample.received_bytes_per_s, [`${sample.interface} sent`]: sample.sent_bytes_per_s}),
  }[kind];
  for (const sample of samples) histories[kind].add(Date.parse(sample.at), figures(sample));
}

async function loadHistory() {
  const resources = {cpu: 'cpu_history', memory: 'memory_history', disk: 'disk_history', interface: 'interface_history'};
  await Promise.allSettled(Object.entries(resources).map(async ([kind, resource]) => {
    for (const [, samples] of await send('POST', `v1/snapshot/${resource}`, {})) note(kind, samples);
    stale.add(kind);
  }));
  requestAnimationFrame(draw);
}

// ---- Charts ----

const percentScale = (value) => `${value} %`;
const charts = {
  cpu: new Chart(element('cpu-chart'), {label: 'CPU load in the last minute', spanSeconds: kSpanSeconds, format: percentScale, max: 100}),
  memory: new Chart(element('memory-chart'), {label: 'Memory used in the last minute', spanSeconds: kSpanSeconds, format: percentScale, max: 100}),
  network: new Chart(element('network-chart'), {label: 'Network traffic in the last minute', spanSeconds: kSpanSeconds, format: rate, atLeast: 10_000}),
  disk: new Chart(element('disk-chart'), {label: 'Disk traffic in the last minute', spanSeconds: kSpanSeconds, format: rate, atLeast: 100_000}),
};

/** Two lines, in and out, each the sum over `names`. */
function sumColumns(history, names, inward, outward) {
  const columns = history.columns(names.flatMap((name) => [`${name} ${inward}`, `${name} ${outward}`]));
  const sum = (from) => columns[0].map((_, i) => {
    const values = names.map((_, n) => columns[1 + 2 * n + from][i]).filter((value) => value !== null);
    return values.length ? values.reduce((a, b) => a + b) : null;
  });
  return [columns[0], sum(0), sum(1)];
}

const cpuColour = (index) => `--line-${index % kLinesMax + 1}`;
const byName = (a, b) => a.localeCompare(b, undefined, {numeric: true});
const cpuNames = () => all('cpu').map((row) => row.cpu).filter((name) => name !== 'all').sort(byName);

function drawCpu() {
  const names = cpuNames();
  const many = names.length > kLinesMax;
  const lines = names.map((name, i) => ({name, colour: many ? '--line-many' : cpuColour(i), width: many ? 0.7 : 1.3}));
  lines.push({name: 'all', colour: '--accent', width: 2.2, fill: '--accent-soft'});
  charts.cpu.draw(lines, histories.cpu.columns([...names, 'all']));

  const whole = rows.cpu.get('cpu:all');
  if (whole) {
    element('cpu-figure').textContent = percent(whole.busy_percent);
    element('cpu-detail').textContent = `peak of the last minute ${percent(whole.peak_percent)}`;
    charts.cpu.describe(`now ${percent(whole.busy_percent)}, peak ${percent(whole.peak_percent)}`);
  }
  drawMeters(element('cpu-list'), names.map((name, i) => {
    const row = rows.cpu.get(`cpu:${name}`);
    return {name, share: row.busy_percent / 100, text: percent(row.busy_percent), colour: many ? '--accent' : cpuColour(i)};
  }));
}

function drawMemory() {
  const [memory] = all('memory');
  if (!memory) return;
  const lines = [{name: 'used', colour: '--line-2', width: 2, fill: '--line-2-soft'}];
  if (memory.swap_total_bytes > 0) lines.push({name: 'swap', colour: '--line-3'});
  charts.memory.draw(lines, histories.memory.columns(lines.map((line) => line.name)));
  element('memory-figure').textContent = percent(memory.used_percent);
  const swap = memory.swap_total_bytes > 0 ? `, swap ${percent(memory.swap_percent)}` : '';
  element('memory-detail').textContent = `${bytes(memory.used_bytes)} of ${bytes(memory.total_bytes)}${swap}`;
  charts.memory.describe(`now ${percent(memory.used_percent)}`);
}

function drawTraffic(id, kind, names, [inward, inwardField], [outward, outwardField], nothing) {
  const shown = all(kind).filter((row) => names.includes(row[kind]));
  const sum = (field) => shown.reduce((total, row) => total + row[field], 0);
  charts[id].draw([{name: inward, colour: '--line-1', width: 2, fill: '--line-1-soft'}, {name: outward, colour: '--line-4', width: 2}],
    sumColumns(histories[kind], names, inward, outward));
  const text = shown.length ? `${rate(sum(inwardField))} ${inward}` : nothing;
  element(`${id}-figure`).replaceChildren(...(shown.length
    ? [legend('--line-1', inward, rate(sum(inwardField))), legend('--line-4', outward, rate(sum(outwardField)))] : ['–']));
  element(`${id}-detail`).textContent = shown.length ? names.join(', ') : nothing;
  charts[id].describe(text);
}

function legend(colour, name, text) {
  const item = make('span', 'legend');
  const mark = make('i', 'mark');
  mark.style.background = `var(${colour})`;
  item.append(mark, make('small', '', name), make('b', '', text));
  return item;
}

const drawNetwork = () => drawTraffic('network', 'interface', all('interface').map((row) => row.interface).filter((name) => name !== 'lo').sort(byName),
  ['received', 'received_bytes_per_s'], ['sent', 'sent_bytes_per_s'], 'no interface but the local one');
const drawDisk = () => drawTraffic('disk', 'disk', all('disk').map((row) => row.disk).sort(byName),
  ['read', 'read_bytes_per_s'], ['written', 'written_bytes_per_s'], 'no disk to be seen from here');

// ---- Lists and tables ----

function drawMeters(list, meters) {
  while (list.children.length > meters.length) list.lastChild.remove();
  meters.forEach((meter, i) => {
    let item = list.children[i];
    if (!item) {
      item = list.appendChild(make('li'));
      const bar = make('span', 'bar');
      bar.append(make('i'));
      item.append(make('span', 'name'), make('span', 'value'), bar);
    }
    const [name, value, bar] = item.children;
    name.textContent = name.title = meter.name;
    value.textContent = meter.text;
    bar.firstChild.style.transform = `scaleX(${Math.min(1, Math.max(0, meter.share))})`;
    bar.firstChild.style.background = `var(${meter.colour})`;
  });
}

const processes = new Table(element('processes'), {
  key: 'pid',
  rowsMax: 40,
  columns: {
    pid: (row) => row.pid,
    command: (row) => row.command,
    user: (row) => row.user,
    state: (row) => row.state.replaceAll('_', ' '),
    thread_count: (row) => row.thread_count,
    cpu_percent: (row) => percent(row.cpu_percent),
    memory_bytes: (row) => bytes(row.memory_bytes),
  },
});
const users = new Table(element('users'), {
  key: 'user',
  columns: {
    user: (row) => row.user,
    process_count: (row) => row.process_count,
    cpu_percent: (row) => percent(row.cpu_percent),
    memory_bytes: (row) => bytes(row.memory_bytes),
  },
});
const limits = new LimitForm(element('limits'));

function drawProcesses() {
  const left = processes.render(all('process'));
  element('processes-note').textContent = rows.process.size === 0 ? 'No process uses that much at the moment.'
    : left > 0 ? `and ${left} more` : '';
}

function drawUsers() {
  users.render(all('user'));
  element('users-note').textContent = rows.user.size === 0 ? 'No processes to be seen.' : '';
}

function drawFilesystems() {
  const meters = all('filesystem').sort((a, b) => byName(a.path, b.path)).map((row) => ({
    name: row.path,
    share: row.used_percent / 100,
    text: `${percent(row.used_percent)} of ${bytes(row.total_bytes)}`,
    colour: '--accent',
  }));
  drawMeters(element('filesystems'), meters);
  element('filesystems-note').textContent = meters.length === 0 ? 'No local file system to be seen.' : '';
}

function drawSensors() {
  const meters = all('sensor').map((row) => ({name: row.sensor, share: row.celsius / 100, text: `${row.celsius.toFixed(1)} °C`, colour: '--line-2'}));
  drawMeters(element('sensors'), meters);
  element('sensors-title').hidden = meters.length === 0;
}

function drawHost() {
  const [host] = all('host');
  if (!host) return;
  document.title = `${host.host} – Host monitor`;
  element('host-name').textContent = host.host;
  const load = [host.load_1, host.load_5, host.load_15].map((value) => value.toFixed(2)).join('  ');
  element('host-facts').replaceChildren(...[
    host.kernel, `${host.cpu_count} CPUs`, `up ${duration(host.uptime_seconds)}`, `load ${load}`,
    `${host.process_count} processes`,
  ].map((fact) => make('span', '', fact)));
}

const since = new Map(); // alert -> when this page first saw it

function drawAlerts() {
  const alerts = [...rows.alert].sort(([a, x], [b, y]) => (x.level === y.level ? byName(a, b) : x.level === 'critical' ? -1 : 1));
  for (const key of since.keys()) if (!rows.alert.has(key)) since.delete(key);
  const list = element('alerts-list');
  const items = new Map([...list.children].map((item) => [item.dataset.key, item]));
  for (const [key, item] of items) if (!rows.alert.has(key)) item.remove();
  alerts.forEach(([key, alert], i) => {
    if (!since.has(key)) since.set(key, new Date());
    const item = items.get(key) ?? make('li');
    if (!item.firstChild) {
      item.dataset.key = key;
      item.append(make('span', 'badge'), make('span', 'what'), make('span', 'value'), make('span', 'muted'));
    }
    item.dataset.level = alert.level;
    const [badge, what, value, more] = item.children;
    badge.textContent = alert.level;
    what.textContent = `${metricName(alert.metric)}: ${alert.subject}`;
    value.textContent = `${alert.value} ${alert.unit}`.trim();
    more.textContent = `limit ${alert.limit} ${alert.unit}`.trim() + `, since ${since.get(key).toLocaleTimeString()}`;
    if (list.children[i] !== item) list.insertBefore(item, list.children[i] ?? null);
  });
  element('alerts').dataset.state = alerts.some(([, alert]) => alert.level === 'critical') ? 'critical' : alerts.length ? 'warning' : 'calm';
  element('alerts-empty').textContent = alerts.length ? '' : 'Everything is within its limits';
}

function drawLimits() {
  limits.render(all('limit').sort((a, b) => byName(a.metric, b.metric)));
  element('limits-note').textContent = rows.limit.size === 0 ? 'No limits are set.' : '';
}

const drawers = {
  host: drawHost, cpu: drawCpu, memory: drawMemory, interface: drawNetwork, disk: drawDisk, process: drawProcesses,
  user: drawUsers, filesystem: drawFilesystems, sensor: drawSensors, alert: drawAlerts, limit: drawLimits,
};

function draw() {
  for (const kind of stale) drawers[kind]();
  stale.clear();
  element('main').removeAttribute('aria-busy');
}

// ---- The connection ----

let phase = {name: 'connecting'};

function showPhase() {
  const quiet = lastDataAt ? `, last figures ${duration(Math.round((Date.now() - lastDataAt) / 1000))} ago` : '';
  const seconds = Math.ceil(((phase.retryAt ?? 0) - Date.now()) / 1000);
  const text = {
    live: () => 'Live',
    connecting: () => (lastDataAt ? `Reconnecting${quiet}` : 'Connecting'),
    waiting: () => `Not connected, next try ${seconds > 0 ? `in ${seconds} s` : 'now'}${quiet}`,
    paused: () => 'Paused while hidden',
    refused: () => phase.problem.message,
  }[phase.name]();
  const status = element('connection-text');
  if (status.textContent !== text) status.textContent = text;
  element('connection').dataset.phase = document.documentElement.dataset.phase = phase.name;
  element('connection-retry').hidden = phase.name !== 'waiting' && phase.name !== 'refused';
}

const share = element('processes-share');
const parameters = () => ({min_cpu_percent: Number(share.value), min_memory_percent: Number(share.value)});
const follower = new Follower('dashboard', parameters(), {
  onInit: takeAll,
  onUpdate: take,
  onRowErrors: (errors) => console.warn('rows that could not be computed', errors),
  onPhase: (next) => {
    phase = next;
    showPhase();
  },
});

share.addEventListener('change', () => follower.restart(parameters()));
element('connection-retry').addEventListener('click', () => follower.start());
setInterval(() => phase.name !== 'live' && showPhase(), 1000);

// A browser keeps at most six connections to one host: a page nobody looks at gives its own back.
let hidden = 0;
document.addEventListener('visibilitychange', () => {
  clearTimeout(hidden);
  if (document.visibilityState === 'hidden') hidden = setTimeout(() => follower.pause(), kHiddenMsMax);
  else if (phase.name !== 'live') follower.start();
});
addEventListener('pagehide', () => follower.pause());
addEventListener('pageshow', (event) => event.persisted && follower.start());
addEventListener('online', () => phase.name === 'waiting' && follower.start());

follower.start();

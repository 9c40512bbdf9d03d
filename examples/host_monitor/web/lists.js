// SPDX-License-Identifier: MIT
// Everything on the page that is not a chart.
import {element, make, say} from './element.js';
import {bytes, duration, percent} from './format.js';
import {LimitForm} from './limits.js';
import {drawMeters} from './meters.js';
import {metricName, withUnit} from './metrics.js';
import {all, byName, rows} from './rows.js';
import {Table} from './table.js';

const kProcessesMax = 40;

export function drawHost() {
  const [host] = all('host');
  if (!host) return;
  document.title = `${host.host} – Host monitor`;
  say(element('host-name'), host.host);
  const load = [host.load_1, host.load_5, host.load_15].map((value) => value.toFixed(2)).join('  ');
  const facts = [
    host.kernel, `${host.cpu_count} CPU${host.cpu_count === 1 ? '' : 's'}`, `up ${duration(host.uptime_seconds)}`,
    `load ${load}`, `${host.process_count} processes`,
  ];
  const list = element('host-facts');
  while (list.children.length < facts.length) list.append(make('span'));
  facts.forEach((fact, i) => say(list.children[i], fact));
}

const processes = new Table(element('processes'), {
  key: 'pid',
  rowsMax: kProcessesMax,
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

export function drawProcesses() {
  const left = processes.render(all('process'));
  say(element('processes-note'), rows.process.size === 0 ? 'No process uses that much at the moment.' : left > 0 ? `and ${left} more` : '');
}

const users = new Table(element('users'), {
  key: 'user',
  columns: {
    user: (row) => row.user,
    process_count: (row) => row.process_count,
    cpu_percent: (row) => percent(row.cpu_percent),
    memory_bytes: (row) => bytes(row.memory_bytes),
  },
});

export function drawUsers() {
  users.render(all('user_total'));
  say(element('users-note'), rows.user_total.size === 0 ? 'No processes to be seen.' : '');
}

export function drawFilesystems() {
  const filesystems = all('filesystem').sort((a, b) => byName(a.path, b.path));
  drawMeters(element('filesystems'), filesystems.map((row) => ({
    name: row.path,
    share: row.used_percent / 100,
    text: `${percent(row.used_percent)} of ${bytes(row.total_bytes)}`,
    colour: '--accent',
  })));
  say(element('filesystems-note'), filesystems.length === 0 ? 'No local file system to be seen.' : '');
}

export function drawSensors() {
  const sensors = all('sensor').sort((a, b) => byName(a.sensor, b.sensor));
  drawMeters(element('sensors'), sensors.map((row) => ({
    name: row.sensor,
    share: row.celsius / 100,
    text: `${row.celsius.toFixed(1)} °C`,
    colour: '--line-2',
  })));
  element('sensors-title').hidden = sensors.length === 0;
}

const items = new Map(); // key of an alert -> its element, which knows since when the alert stands

function alertItem(key) {
  const item = make('li', {}, make('span', {className: 'badge'}), make('span', {className: 'what'}), make('span', {className: 'value'}),
    make('span', {className: 'muted'}));
  item.dataset.since = new Date().toLocaleTimeString();
  items.set(key, item);
  return item;
}

export function drawAlerts() {
  for (const [key, item] of items) {
    if (!rows.alert.has(key)) {
      item.remove();
      items.delete(key);
    }
  }
  const worst = (level) => (level === 'critical' ? 0 : 1);
  const alerts = [...rows.alert].sort(([a, x], [b, y]) => worst(x.level) - worst(y.level) || byName(a, b));
  const list = element('alerts-list');
  alerts.forEach(([key, alert], i) => {
    const item = items.get(key) ?? alertItem(key);
    item.dataset.level = alert.level;
    const [badge, what, value, more] = item.children;
    say(badge, alert.level);
    say(what, `${metricName(alert.metric)}: ${alert.subject}`);
    say(value, withUnit(alert.metric, alert.value));
    say(more, `limit ${withUnit(alert.metric, alert.limit)}, since ${item.dataset.since}`);
    if (list.children[i] !== item) list.insertBefore(item, list.children[i] ?? null);
  });
  element('alerts').dataset.state = alerts[0]?.[1].level ?? 'calm';
  say(element('alerts-empty'), alerts.length > 0 ? '' : 'Everything is within its limits');
}

const limits = new LimitForm(element('limits'));

export function drawLimits() {
  limits.render(all('limit'));
  say(element('limits-note'), rows.limit.size === 0 ? 'No limits are set.' : '');
}

// SPDX-License-Identifier: MIT
// The page: one stream (`dashboard`) brings every row that is shown, one snapshot per chart brings the minute before.
import {drawCpus, drawDisks, drawMemory, drawNetwork} from './charts.js';
import {showConnection} from './connection.js';
import {element} from './element.js';
import {duration} from './format.js';
import {drawAlerts, drawFilesystems, drawHost, drawLimits, drawProcesses, drawSensors, drawUsers} from './lists.js';
import {apply, loadHistories, replace} from './rows.js';
import {client} from './service.js';

const drawers = {
  host: drawHost, cpu_load: drawCpus, memory_sample: drawMemory, interface_sample: drawNetwork, disk_sample: drawDisks,
  process: drawProcesses, user_total: drawUsers, filesystem: drawFilesystems, sensor: drawSensors, alert: drawAlerts,
  limit: drawLimits,
};
const stale = new Set(); // the models that must be drawn again
let lastDataAt = 0;

function drawSoon(models) {
  if (stale.size === 0) requestAnimationFrame(draw);
  for (const model of models) stale.add(model);
}

function draw() {
  for (const model of stale) drawers[model]();
  stale.clear();
  element('main').removeAttribute('aria-busy');
}

// ---- The connection ----

let dashboard;

const showStatus = showConnection(() => dashboard, () =>
  lastDataAt ? `, last figures ${duration(Math.round((Date.now() - lastDataAt) / 1000))} ago` : '');

function follow() {
  dashboard?.close();
  const share = Number(element('processes-share').value);
  dashboard = client.open('dashboard', {min_cpu_percent: share, min_memory_percent: share});
  let isFirst = true;
  dashboard.onChange((changes, {type}) => {
    lastDataAt = Date.now();
    drawSoon(isFirst ? replace(changes) : apply(changes));
    isFirst = false;
    if (type === 'init') loadHistories().then(drawSoon);
  });
  dashboard.onError((errors) => console.warn('rows that could not be computed', errors));
  dashboard.onStatus(showStatus);
}

element('processes-share').addEventListener('change', follow);
follow();

// SPDX-License-Identifier: MIT
// The page: one stream (`dashboard`) brings every row that is shown, one snapshot per chart brings the minute before.
import {drawCpus, drawDisks, drawMemory, drawNetwork} from './charts.js';
import {element, say} from './element.js';
import {duration} from './format.js';
import {drawAlerts, drawFilesystems, drawHost, drawLimits, drawProcesses, drawSensors, drawUsers} from './lists.js';
import {apply, loadHistories, replace} from './rows.js';
import {Follower} from './stream.js';

const kHiddenMsMax = 20_000;

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

let phase = {name: 'connecting'};

function phaseText() {
  const age = lastDataAt ? `, last figures ${duration(Math.round((Date.now() - lastDataAt) / 1000))} ago` : '';
  const seconds = Math.ceil((phase.retryAt - Date.now()) / 1000);
  switch (phase.name) {
    case 'live': return 'Live';
    case 'waiting': return `Not connected, next try ${seconds > 0 ? `in ${seconds} s` : 'now'}${age}`;
    case 'paused': return 'Paused while hidden';
    case 'refused': return phase.problem.message;
    default: return lastDataAt ? `Reconnecting${age}` : 'Connecting';
  }
}

function showPhase() {
  say(element('connection-text'), phaseText());
  element('connection').dataset.phase = document.documentElement.dataset.phase = phase.name;
  element('connection-retry').hidden = phase.name !== 'waiting' && phase.name !== 'refused';
}

const share = element('processes-share');
const parameters = () => ({min_cpu_percent: Number(share.value), min_memory_percent: Number(share.value)});

const follower = new Follower('dashboard', parameters(), {
  onInit(rows) {
    lastDataAt = Date.now();
    drawSoon(replace(rows));
    loadHistories().then(drawSoon);
  },
  onUpdate(rows) {
    lastDataAt = Date.now();
    drawSoon(apply(rows));
  },
  onRowErrors(errors) {
    console.warn('rows that could not be computed', errors);
  },
  onPhase(next) {
    phase = next;
    showPhase();
  },
});

share.addEventListener('change', () => follower.restart(parameters()));
element('connection-retry').addEventListener('click', () => follower.start());
setInterval(() => phase.name !== 'live' && showPhase(), 1000);

// A browser keeps at most six connections to one host: a page that nobody looks at gives its own back.
let hidden = 0;
function heedVisibility() {
  clearTimeout(hidden);
  if (document.visibilityState === 'hidden') hidden = setTimeout(() => follower.pause(), kHiddenMsMax);
  else if (phase.name === 'paused' || phase.name === 'waiting') follower.start();
}
document.addEventListener('visibilitychange', heedVisibility);
addEventListener('pagehide', () => follower.pause());
addEventListener('pageshow', (event) => event.persisted && follower.start());
addEventListener('online', () => phase.name === 'waiting' && follower.start());

follower.start();
heedVisibility();

// SPDX-License-Identifier: MIT
// The four charts, each with the figures in its head.
import {Chart} from './chart.js';
import {element, make, say} from './element.js';
import {bytes, percent, rate} from './format.js';
import {drawMeters} from './meters.js';
import {all, byName, histories, kSpanSeconds, rows} from './rows.js';

const kColouredLinesMax = 8; // more CPUs than this are drawn in one colour

const share = (value) => `${value} %`;
const chart = (id, label, options) => new Chart(element(id), {label: `${label} in the last minute`, spanSeconds: kSpanSeconds, ...options});
const cpuChart = chart('cpu-chart', 'CPU load', {format: share, max: 100});
const memoryChart = chart('memory-chart', 'Memory used', {format: share, max: 100});

export function drawCpus() {
  const names = all('cpu_load').map((row) => row.cpu).filter((name) => name !== 'all').sort(byName);
  const many = names.length > kColouredLinesMax;
  const colour = (index) => (many ? '--line-many' : `--line-${index + 1}`);
  const lines = names.map((name, i) => ({name, colour: colour(i), width: many ? 0.7 : 1.3}));
  lines.push({name: 'all', colour: '--accent', width: 2.2, fill: '--accent-soft'});
  cpuChart.draw(lines, histories.cpu_load.columns(lines.map((line) => line.name)));

  const whole = rows.cpu_load.get('cpu_load:all');
  if (whole) {
    say(element('cpu-figure'), percent(whole.busy_percent));
    say(element('cpu-detail'), `peak of the last minute ${percent(whole.peak_percent)}`);
    cpuChart.describe(`now ${percent(whole.busy_percent)}, peak ${percent(whole.peak_percent)}`);
  }
  drawMeters(element('cpu-list'), names.map((name, i) => {
    const {busy_percent: busy} = rows.cpu_load.get(`cpu_load:${name}`);
    return {name, share: busy / 100, text: percent(busy), colour: many ? '--accent' : colour(i)};
  }));
}

export function drawMemory() {
  const [memory] = all('memory_sample');
  if (!memory) return;
  const hasSwap = memory.swap_total_bytes > 0;
  const lines = [{name: 'used', colour: '--line-2', width: 2, fill: '--line-2-soft'}];
  if (hasSwap) lines.push({name: 'swap', colour: '--line-3'});
  memoryChart.draw(lines, histories.memory_sample.columns(lines.map((line) => line.name)));
  memoryChart.describe(`now ${percent(memory.used_percent)}`);
  say(element('memory-figure'), percent(memory.used_percent));
  const swap = hasSwap ? `, swap ${percent(memory.swap_percent)}` : '';
  say(element('memory-detail'), `${bytes(memory.used_bytes)} of ${bytes(memory.total_bytes)}${swap}`);
}

/** A chart of what goes in and out of several things of a kind, summed. */
class TrafficChart {
  #id; #model; #directions; #nothing; #chart; #legends;

  /** directions: [[word, field], [word, field]], in and out. */
  constructor(id, {label, model, directions, nothing, atLeast}) {
    this.#id = id;
    this.#model = model;
    this.#directions = directions;
    this.#nothing = nothing;
    this.#chart = chart(`${id}-chart`, label, {format: rate, atLeast});
    this.#legends = directions.map(([word], i) => {
      const mark = make('i', {className: 'mark'});
      mark.style.background = `var(${i === 0 ? '--line-1' : '--line-4'})`;
      return make('span', {className: 'legend'}, mark, make('small', {textContent: word}), make('b'));
    });
  }

  /** Draws the rows whose names these are. */
  draw(nameOf, isShown) {
    const shown = all(this.#model).filter((row) => isShown(nameOf(row)));
    const names = shown.map(nameOf).sort(byName);
    const [[inward], [outward]] = this.#directions;
    this.#chart.draw([{name: inward, colour: '--line-1', width: 2, fill: '--line-1-soft'}, {name: outward, colour: '--line-4', width: 2}],
      this.#columns(names));
    const sums = this.#directions.map(([, field]) => rate(shown.reduce((total, row) => total + row[field], 0)));
    const figure = element(`${this.#id}-figure`);
    if (names.length === 0) say(figure, '–');
    else if (figure.firstChild !== this.#legends[0]) figure.replaceChildren(...this.#legends);
    this.#legends.forEach((legend, i) => say(legend.lastChild, sums[i]));
    say(element(`${this.#id}-detail`), names.join(', ') || this.#nothing);
    this.#chart.describe(`${sums[0]} ${inward}, ${sums[1]} ${outward}`);
  }

  #columns(names) {
    const [times, ...columns] = histories[this.#model].columns(names.flatMap((name) => [`${name} in`, `${name} out`]));
    const sum = (parity) => times.map((_, i) => {
      const values = columns.filter((_, c) => c % 2 === parity).map((column) => column[i]).filter((value) => value !== null);
      return values.length > 0 ? values.reduce((a, b) => a + b) : null;
    });
    return [times, sum(0), sum(1)];
  }
}

const network = new TrafficChart('network', {
  label: 'Network traffic',
  model: 'interface_sample',
  directions: [['received', 'received_bytes_per_s'], ['sent', 'sent_bytes_per_s']],
  nothing: 'no interface but the local one',
  atLeast: 10_000,
});
const disk = new TrafficChart('disk', {
  label: 'Disk traffic',
  model: 'disk_sample',
  directions: [['read', 'read_bytes_per_s'], ['written', 'written_bytes_per_s']],
  nothing: 'no disk to be seen from here',
  atLeast: 100_000,
});

export const drawNetwork = () => network.draw((row) => row.interface, (name) => name !== 'lo');
export const drawDisks = () => disk.draw((row) => row.disk, () => true);

// SPDX-License-Identifier: MIT
/* global uPlot */
import {make} from './element.js';

const kAxisHeight = 26;
const kTipLinesMax = 9;

/** A colour of the style sheet, so that charts follow the light and the dark scheme like everything else. */
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

const ago = (seconds) => (seconds === 0 ? 'now' : `${-seconds} s`);

/**
 * A chart of the last minute that always ends now.
 *
 * options: label (what it shows, for those who do not see it), spanSeconds, format (a value as text), max (of the scale; if
 * absent it follows the values, never below atLeast).
 * A line is {name, colour (a custom property), width, fill}.
 */
export class Chart {
  #element; #options; #plot = null;
  #lines = [];
  #columns = null;

  constructor(element, options) {
    this.#element = element;
    this.#options = options;
    element.setAttribute('role', 'img');
    element.setAttribute('aria-label', options.label);
    new ResizeObserver(() => this.#resize()).observe(element);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#rebuild());
  }

  /** Draws columns (see History) as these lines. */
  draw(lines, columns) {
    const same = JSON.stringify(lines) === JSON.stringify(this.#lines);
    this.#lines = lines;
    this.#columns = columns;
    if (this.#plot && same) this.#plot.setData(columns);
    else this.#rebuild();
  }

  describe(text) {
    this.#element.setAttribute('aria-label', `${this.#options.label}: ${text}`);
  }

  #size() {
    return {width: this.#element.clientWidth, height: this.#element.clientHeight};
  }

  #resize() {
    const {width, height} = this.#size();
    if (this.#plot && width > 0 && (width !== this.#plot.width || height !== this.#plot.height)) this.#plot.setSize({width, height});
  }

  #rebuild() {
    this.#plot?.destroy();
    this.#plot = null;
    if (this.#columns) this.#plot = new uPlot(this.#description(), this.#columns, this.#element);
  }

  /** Says the values under the pointer. */
  #point(plot) {
    const tip = plot.over.querySelector('.tip') ?? plot.over.appendChild(make('div', {className: 'tip'}));
    const {idx, left} = plot.cursor;
    tip.hidden = idx == null || left < 0;
    if (tip.hidden) return;
    const values = this.#lines.map((line, i) => [line.name, plot.data[i + 1][idx]]).filter(([, value]) => value != null);
    const texts = values.slice(-kTipLinesMax).map(([name, value]) => `${name}  ${this.#options.format(value)}`);
    tip.replaceChildren(...[ago(Math.round(plot.data[0][idx])), ...texts].map((textContent) => make('span', {textContent})));
    const leftwards = left > plot.over.clientWidth / 2;
    tip.style.left = `${leftwards ? left - 12 - tip.offsetWidth : left + 12}px`;
  }

  #description() {
    const {spanSeconds, format, max, atLeast} = this.#options;
    const axis = {
      stroke: colour('--muted'),
      font: `11px ${getComputedStyle(this.#element).fontFamily}`,
      grid: {stroke: colour('--grid'), width: 1},
      ticks: {show: false},
    };
    return {
      ...this.#size(),
      padding: [10, 14, 0, 0],
      legend: {show: false},
      cursor: {y: false, points: {size: 7}, drag: {x: false, y: false}},
      hooks: {setCursor: [(plot) => this.#point(plot)]},
      scales: {
        x: {time: false, range: [-spanSeconds, 0]},
        y: {range: (_, __, highest) => [0, max ?? Math.max(atLeast, (highest ?? 0) * 1.15)]},
      },
      axes: [
        {
          ...axis,
          size: kAxisHeight,
          grid: {show: false},
          splits: [0, 1, 2, 3, 4].map((quarter) => -spanSeconds + quarter * spanSeconds / 4),
          values: (_, splits) => splits.map(ago),
        },
        {...axis, size: 62, space: 34, values: (_, splits) => splits.map((value) => format(value).replace('.0 ', ' ')), ...(max === 100 && {splits: [0, 50, 100]})},
      ],
      series: [{}, ...this.#lines.map((line) => ({
        label: line.name,
        stroke: colour(line.colour),
        width: line.width ?? 1.5,
        points: {show: false},
        ...(line.fill && {fill: colour(line.fill)}),
      }))],
    };
  }
}

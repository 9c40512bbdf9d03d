// SPDX-License-Identifier: MIT
import {make, say} from './element.js';

/** Fills a list with bars. A meter is {name, share (0 to 1), text, colour (a custom property)}. */
export function drawMeters(list, meters) {
  while (list.children.length > meters.length) list.lastChild.remove();
  while (list.children.length < meters.length) {
    list.append(make('li', {}, make('span', {className: 'name'}), make('span', {className: 'value'}),
      make('span', {className: 'bar'}, make('i'))));
  }
  meters.forEach((meter, i) => {
    const [name, value, bar] = list.children[i].children;
    say(name, meter.name);
    say(value, meter.text);
    name.title = meter.name;
    bar.firstChild.style.transform = `scaleX(${Math.min(1, Math.max(0, meter.share))})`;
    bar.firstChild.style.background = `var(${meter.colour})`;
  });
}

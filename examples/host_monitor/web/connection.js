// SPDX-License-Identifier: MIT
// What the head of a page says of its connection.
import {element, say} from './element.js';

function phaseOf({name, retryAt}) {
  if (name === 'reconnecting') return 'connecting';
  return name === 'waiting' && retryAt === undefined ? 'paused' : name;
}

function textOf({name, retryAt, reason}, note) {
  const seconds = Math.ceil((retryAt - Date.now()) / 1000);
  switch (name) {
    case 'live': return 'Live';
    case 'reconnecting': return `Reconnecting${note}`;
    case 'waiting': return retryAt === undefined ? 'Paused while hidden' : `Not connected, next try ${seconds > 0 ? `in ${seconds} s` : 'now'}${note}`;
    case 'refused': return reason;
    default: return 'Connecting';
  }
}

/**
 * Has the page show the status of the collection that `current` gives; `note` may say more of it while there is no
 * connection. Returns what shows it at once.
 */
export function showConnection(current, note = () => '') {
  const show = () => {
    const {status} = current();
    const phase = phaseOf(status);
    say(element('connection-text'), textOf(status, note()));
    element('connection').dataset.phase = document.documentElement.dataset.phase = phase;
    element('connection-retry').hidden = phase !== 'waiting' && phase !== 'refused';
  };
  element('connection-retry').addEventListener('click', () => current().retry());
  setInterval(() => current().status.name !== 'live' && show(), 1000);
  return show;
}

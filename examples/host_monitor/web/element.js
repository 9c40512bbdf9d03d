// SPDX-License-Identifier: MIT

export const element = (id) => document.getElementById(id);

/** A new element: make('li', {className: 'x'}, 'text', child). */
export function make(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

/** Sets a text, and touches the page only if it is another one. */
export function say(where, text) {
  if (where.textContent !== text) where.textContent = text;
}

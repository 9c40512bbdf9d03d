// SPDX-License-Identifier: MIT
// JSON whose whole numbers are exact, and the text by which keys are told apart.

const kLongDigits = /\d{16}/;
const kStringsAndNumbers = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|"/g;
const kInteger = /^-?\d+$/;

/**
 * As JSON.parse, but whole numbers that a number cannot hold become BigInt.
 * Cost: that of JSON.parse, unless there are sixteen digits in a row.
 * @param {string} text @returns {any}
 */
export function parseExact(text) {
  if (!kLongDigits.test(text)) return JSON.parse(text);
  let mark = 'exact integer:';
  while (text.includes(mark)) mark += '#';
  let found = false;
  let isBroken = false; // a text that does not end
  const marked = text.replace(kStringsAndNumbers, (token) => {
    isBroken ||= token === '"';
    if (!kInteger.test(token) || Number.isSafeInteger(Number(token))) return token;
    found = true;
    return `"${mark}${token}"`;
  });
  if (!found || isBroken) return JSON.parse(text);
  return JSON.parse(marked, (_, value) =>
    typeof value === 'string' && value.startsWith(mark) ? BigInt(value.slice(mark.length)) : value);
}

/** As JSON.stringify; BigInt become numbers. @param {unknown} value @returns {string} */
export function stringifyExact(value) {
  /** @type {string | undefined} */
  let mark;
  const text = JSON.stringify(value, (_, item) => {
    if (typeof item !== 'bigint') return item;
    mark ??= 'exact integer:' + Math.random().toString(36).slice(2) + Math.random().toString(36).slice(2) + ':';
    return mark + item;
  });
  // The mark is a fresh random one: no text of the value's own can have it.
  return mark === undefined ? text : text.replace(new RegExp(`"${mark}(-?\\d+)"`, 'g'), '$1');
}

/**
 * One text for all ways of writing a value: members in the order of their names, those that are undefined left out.
 * @param {any} value @returns {string}
 */
export function canonical(value) {
  if (value === null || typeof value !== 'object') {
    return typeof value === 'bigint' ? String(value) : JSON.stringify(value) ?? 'null';
  }
  if (typeof value.toJSON === 'function') return canonical(value.toJSON());
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const members = Object.keys(value)
    .filter((name) => value[name] !== undefined)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`);
  return `{${members.join(',')}}`;
}

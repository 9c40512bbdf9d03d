// SPDX-License-Identifier: MIT
import { FreshetError } from './error.js';

/**
 * Splits text into lines that end with CR, LF or CRLF, however it is cut into pieces.
 *
 * Memory: at most `lengthMax` characters of a line that has not ended.
 */
export class LineSplitter {
  #onLine;
  #lengthMax;
  /** The line that has not ended. */
  #line = '';
  /** The last piece ended with a CR: a LF that comes now belongs to it. */
  #afterCr = false;

  /** @param {(line: string) => void} onLine @param {number} lengthMax */
  constructor(onLine, lengthMax) {
    this.#onLine = onLine;
    this.#lengthMax = lengthMax;
  }

  /** @param {string} text */
  push(text) {
    let begin = 0;
    if (this.#afterCr && text.length > 0) {
      if (text[0] === '\n') begin = 1;
      this.#afterCr = false;
    }
    let cr = text.indexOf('\r', begin);
    let lf = text.indexOf('\n', begin);
    while (cr !== -1 || lf !== -1) {
      const end = lf === -1 || (cr !== -1 && cr < lf) ? cr : lf;
      this.#append(text.slice(begin, end));
      const line = this.#line;
      this.#line = '';
      begin = end + 1;
      if (end === cr) {
        if (begin === text.length) this.#afterCr = true;
        else if (lf === begin) begin += 1;
        cr = text.indexOf('\r', begin);
      }
      if (lf !== -1 && lf < begin) lf = text.indexOf('\n', begin);
      this.#onLine(line);
    }
    this.#append(text.slice(begin));
  }

  /** @param {string} piece */
  #append(piece) {
    this.#line = this.#line === '' ? piece : this.#line + piece;
    if (this.#line.length > this.#lengthMax) throw tooLong(this.#lengthMax);
  }
}

/** @param {number} lengthMax */
export function tooLong(lengthMax) {
  return new FreshetError({
    code: 'unreadable', primary: 'an event of the stream is too long', detail: `more than ${lengthMax} characters`,
    hint: 'raise eventLengthMax, or open less',
  });
}

/**
 * @typedef {object} SseEvent
 * @property {string} event
 * @property {string} data
 * @property {string} id the last one that was said
 */

/**
 * Reads server-sent events from bytes, however they are cut into pieces.
 *
 * Source: WHATWG HTML, section 9.2.6. What has not ended when the stream does is no event: it is never given out.
 * Memory: at most `lengthMax` characters of an event that has not ended.
 */
export class SseParser {
  #decoder = new TextDecoder(); // it strips one byte order mark
  #lines;
  #lengthMax;
  #handlers;
  #id = '';
  #event = '';
  /** @type {string | null} */
  #data = null;

  /**
   * @param {{onEvent: (event: SseEvent) => void, onRetry?: (delayMs: number) => void}} handlers
   * @param {number} [lengthMax]
   */
  constructor(handlers, lengthMax = Infinity) {
    this.#handlers = handlers;
    this.#lengthMax = lengthMax;
    this.#lines = new LineSplitter((line) => this.#take(line), lengthMax);
  }

  /** @param {Uint8Array} bytes */
  push(bytes) {
    this.#lines.push(this.#decoder.decode(bytes, { stream: true }));
  }

  /** @param {string} line */
  #take(line) {
    if (line === '') return this.#dispatch();
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (name === 'data') this.#append(value);
    else if (name === 'event') this.#event = value;
    else if (name === 'id' && !value.includes('\0')) this.#id = value;
    else if (name === 'retry' && /^\d+$/.test(value)) this.#handlers.onRetry?.(Number(value));
  }

  /** @param {string} value */
  #append(value) {
    this.#data = this.#data === null ? value : `${this.#data}\n${value}`;
    if (this.#data.length > this.#lengthMax) throw tooLong(this.#lengthMax);
  }

  #dispatch() {
    const event = this.#event || 'message';
    const data = this.#data;
    this.#event = '';
    this.#data = null;
    if (data !== null) this.#handlers.onEvent({ event, data, id: this.#id });
  }
}

// SPDX-License-Identifier: MIT
import { FreshetError } from '../error.js';

/**
 * @typedef {object} StreamEvent
 * @property {string} event init, update, error or close
 * @property {string} id what to go on from; '' for none
 * @property {any} data
 */

/**
 * What a transport reads, and whom it tells.
 * @typedef {object} Reading
 * @property {string} instance what open() gave
 * @property {string} since the id of the last event that is known; '' for none
 * @property {AbortSignal} signal ends it
 * @property {(stream: string) => void} onConnected the service accepted; `stream` is the instance that is read
 * @property {() => void} onAlive something arrived
 * @property {(event: StreamEvent) => void} onEvent
 * @property {(delayMs: number) => void} onRetry
 */

/**
 * A way to read streams.
 * @typedef {object} Transport
 * @property {TransportName} name
 * @property {(resource: string, params: unknown) => Promise<string>} open gives the id of an instance
 * @property {(instance: string, options: {keepalive: boolean}) => Promise<void>} giveBack never rejects
 * @property {(reading: Reading) => Promise<void>} read until the stream ends; rejects with a FreshetError
 * @import {TransportName} from '../../types/index.js'
 */

/** @param {string} primary @param {string} detail */
export function unsupported(primary, detail) {
  return new FreshetError({ code: 'unsupported', primary, detail });
}

/**
 * @param {(text: string) => any} parse @param {string} text
 */
export function parseEvent(parse, text) {
  try {
    return parse(text);
  } catch (cause) {
    throw new FreshetError({ code: 'unreadable', primary: 'an event of the stream is no JSON', detail: text.slice(0, 100), cause });
  }
}

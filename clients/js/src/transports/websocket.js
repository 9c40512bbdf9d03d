// SPDX-License-Identifier: MIT
import { FreshetError } from '../error.js';
import { closedError } from '../http.js';
import { canonical } from '../json.js';
import { Socket } from '../socket.js';
import { unsupported } from './transport.js';

// The service's default is 128.
const kStreamsPerSocketMax = 100;

/**
 * Many streams over one WebSocket, or a few: no socket reads the same stream twice.
 * @implements {Transport}
 * @import {Reading, Transport} from './transport.js'
 * @import {SocketContext} from '../socket.js'
 */
export class WebSocketTransport {
  name = /** @type {const} */ ('websocket');
  opens = false;
  #context;
  /** @type {Set<Socket>} */
  #sockets = new Set();

  /** @param {SocketContext & {isServiceThere: () => Promise<boolean>}} context */
  constructor(context) {
    this.#context = context;
  }

  /** To subscribe is to open. */
  async open() {
    return '';
  }

  async giveBack() {}

  /** @param {Reading} reading */
  async read(reading) {
    const key = `${reading.resource} ${canonical(reading.params ?? {})}`;
    /** @type {Set<Socket>} */
    const refused = new Set();
    for (;;) {
      const socket = this.#socketFor(key, refused);
      socket.keys.add(key);
      try {
        return await this.#readOver(socket, reading);
      } catch (error) {
        // Other parameters may mean the same stream, with defaults filled in. Then it takes a socket of its own.
        if (!(error instanceof FreshetError) || error.code !== 'already_exists' || refused.size > this.#sockets.size) throw error;
        refused.add(socket);
      } finally {
        socket.keys.delete(key);
        if (socket.keys.size === 0) socket.close();
      }
    }
  }

  /**
   * Writes over a socket that is open, if there is one.
   * @param {unknown} inputs @returns {Promise<{version: number}> | null}
   */
  write(inputs) {
    const socket = [...this.#sockets].find((each) => each.isOpen);
    return socket ? socket.ready.then(() => socket.ask({ type: 'write', inputs })) : null;
  }

  close() {
    for (const socket of [...this.#sockets]) socket.close();
  }

  /** @param {string} key @param {Set<Socket>} refused */
  #socketFor(key, refused) {
    for (const socket of this.#sockets) {
      if (!refused.has(socket) && !socket.keys.has(key) && socket.keys.size < kStreamsPerSocketMax) return socket;
    }
    const socket = new Socket(this.#context);
    this.#sockets.add(socket);
    socket.onOver = () => this.#sockets.delete(socket);
    return socket;
  }

  /**
   * Browsers do not say why a handshake failed. If the service answers otherwise, it is the WebSocket that does not work.
   * @param {FreshetError} error @returns {Promise<never>}
   */
  async #explain(error) {
    if (error.code === 'unreachable' && (await this.#context.isServiceThere())) {
      throw unsupported('a WebSocket cannot be opened', error.detail);
    }
    throw error;
  }

  /** @param {Socket} socket @param {Reading} reading */
  async #readOver(socket, reading) {
    const { resource, params, since, signal } = reading;
    await socket.ready.catch((error) => this.#explain(error));
    if (signal.aborted) throw closedError();
    const { stream } = await socket.ask({
      type: 'subscribe', resource, params: params ?? {}, ...(since ? { since } : {}),
    });
    await new Promise((resolve, reject) => {
      const leave = () => socket.leave(stream).then(resolve);
      if (signal.aborted) return leave();
      signal.addEventListener('abort', leave, { once: true });
      const settle = (/** @type {() => void} */ how) => {
        signal.removeEventListener('abort', leave);
        how();
      };
      reading.onConnected(stream);
      socket.listen(stream, {
        onAlive: reading.onAlive,
        onLost: (error) => settle(() => reject(error)),
        onEvent: (event) => {
          try {
            reading.onEvent(event);
          } catch (error) {
            return settle(() => socket.leave(stream).then(() => reject(error)));
          }
          if (event.event === 'close') settle(() => socket.leave(stream).then(resolve));
          return undefined;
        },
      });
      return undefined;
    });
  }
}

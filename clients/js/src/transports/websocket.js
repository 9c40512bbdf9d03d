// SPDX-License-Identifier: MIT
import { closedError } from '../http.js';
import { Socket } from '../socket.js';
import { HttpTransport } from './http_transport.js';
import { unsupported } from './transport.js';

// The service's default is 128.
const kStreamsPerSocketMax = 100;

/**
 * Many streams over one WebSocket, or a few: no socket reads the same stream twice.
 *
 * Streams are opened by POST, as for the other transports: what a socket opens by itself ends with the socket, and with it
 * the history that a lost connection goes on from.
 * @implements {Transport}
 * @import {FreshetError} from '../error.js'
 * @import {Reading, Transport} from './transport.js'
 * @import {SocketContext} from '../socket.js'
 */
export class WebSocketTransport extends HttpTransport {
  name = /** @type {const} */ ('websocket');
  #context;
  /** @type {Set<Socket>} */
  #sockets = new Set();

  /**
   * @param {ConstructorParameters<typeof HttpTransport>[0]} context
   * @param {SocketContext & {isServiceThere: () => Promise<boolean>}} socketContext
   */
  constructor(context, socketContext) {
    super(context);
    this.#context = socketContext;
  }

  /** @param {Reading} reading */
  async read(reading) {
    const socket = this.#socketFor(reading.instance);
    await this.#using(socket, reading.instance, () => this.#readOver(socket, reading));
  }

  /**
   * Writes over a socket that is open, if there is one.
   * @param {unknown} inputs @returns {Promise<{version: number}> | null}
   */
  write(inputs) {
    const socket = [...this.#sockets].find((each) => each.isOpen && !each.isStale);
    if (socket === undefined) return null;
    return this.#using(socket, {}, () => socket.ready.then(() => socket.ask({ type: 'write', inputs })));
  }

  close() {
    for (const socket of [...this.#sockets]) socket.close();
  }

  /**
   * A socket is closed when its last use ends, be that a stream or a write.
   * @template Result
   * @param {Socket} socket @param {string | object} use @param {() => Promise<Result>} work
   */
  async #using(socket, use, work) {
    socket.uses.add(use);
    try {
      return await work();
    } finally {
      socket.uses.delete(use);
      if (socket.uses.size === 0) socket.close();
    }
  }

  /** @param {string} instance */
  #socketFor(instance) {
    for (const socket of this.#sockets) {
      if (!socket.isOver && !socket.isStale && !socket.uses.has(instance) && socket.uses.size < kStreamsPerSocketMax) return socket;
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
    const { instance, since, signal } = reading;
    await socket.ready.catch((error) => this.#explain(error));
    if (signal.aborted) throw closedError();
    const { stream } = await socket.ask({ type: 'subscribe', stream: instance, ...(since ? { since } : {}) });
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

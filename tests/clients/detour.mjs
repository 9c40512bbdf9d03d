// SPDX-License-Identifier: MIT
// A TCP detour to a port, whose connections can be cut as a failing network would cut them.
import { once } from 'node:events';
import net from 'node:net';

export class Detour {
  static async to(port) {
    const detour = new Detour(port);
    detour.server.listen(0, '127.0.0.1');
    await once(detour.server, 'listening');
    detour.url = `http://127.0.0.1:${detour.server.address().port}`;
    return detour;
  }

  constructor(port) {
    this.sockets = new Set();
    this.server = net.createServer((near) => {
      const far = net.connect(port, '127.0.0.1');
      for (const [socket, other] of [[near, far], [far, near]]) {
        this.sockets.add(socket);
        socket.on('error', () => {});
        socket.on('close', () => {
          this.sockets.delete(socket);
          other.destroy();
        });
        socket.pipe(other);
      }
    });
  }

  /** Breaks every connection that is open now. */
  cut() {
    for (const socket of this.sockets) socket.destroy();
  }

  async close() {
    this.cut();
    this.server.close();
    await once(this.server, 'close');
  }
}

// SPDX-License-Identifier: MIT
// A TCP detour to a port, whose connections can be cut as a failing network would cut them.
import { once } from 'node:events';
import net from 'node:net';

export class Detour {
  /** `bytesMax()`, if given, says for each connection after how many bytes of the service it is cut. */
  static async to(port, { bytesMax } = {}) {
    const detour = new Detour(port, bytesMax);
    detour.server.listen(0, '127.0.0.1');
    await once(detour.server, 'listening');
    detour.url = `http://127.0.0.1:${detour.server.address().port}`;
    return detour;
  }

  constructor(port, bytesMax) {
    this.sockets = new Set();
    /** How many connections were cut for their bytes. */
    this.cuts = 0;
    this.server = net.createServer((near) => {
      const far = net.connect(port, '127.0.0.1');
      if (bytesMax) this.cutAfter(bytesMax(), near, far);
      for (const [socket, other] of [[near, far], [far, near]]) {
        this.sockets.add(socket);
        socket.on('error', () => {});
        socket.on('close', () => {
          this.sockets.delete(socket);
          other.destroy();
        });
        if (socket === near || !bytesMax) socket.pipe(other);
      }
    });
  }

  /** Lets so many bytes of the service through, and then breaks the connection: half of the times it seems to end well. */
  cutAfter(bytes, near, far) {
    let left = bytes;
    far.on('data', (chunk) => {
      if (left <= 0) return;
      near.write(chunk.subarray(0, left));
      left -= chunk.length;
      if (left > 0) return;
      this.cuts += 1;
      if (bytes % 2) near.destroySoon();
      else near.write('', () => near.resetAndDestroy());
    });
    far.on('end', () => near.end());
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

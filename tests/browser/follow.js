// SPDX-License-Identifier: MIT
// What a page needs to follow streams over one WebSocket, as docs/guide/protocol.md shows it.
// [follow]
/** Follows a resource of this page's service, and goes on where it was after the connection broke. */
function follow(resource, params, onRows) {
  const rows = new Map(); // JSON text of the key -> values
  let since;
  function connect() {
    const socket = new WebSocket(`${location.origin.replace('http', 'ws')}/v1/ws`, 'freshet.v1');
    socket.onopen = () => socket.send(JSON.stringify({ type: 'subscribe', id: 1, resource, params, since }));
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.type === 'error') throw new Error(message.problem.primary);
      if (message.event === 'init') rows.clear();
      if (message.event !== 'init' && message.event !== 'update') return;
      since = message.id;
      for (const [key, values] of message.data) {
        if (values.length === 0) rows.delete(JSON.stringify(key));
        else rows.set(JSON.stringify(key), values);
      }
      onRows(rows);
    };
    socket.onclose = () => setTimeout(connect, 500 + 2000 * Math.random());
  }
  connect();
}
// [/follow]
globalThis.follow = follow;

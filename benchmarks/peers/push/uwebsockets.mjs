// SPDX-License-Identifier: MIT
// uWebSockets as it is inside Bun, as a peer of the push benchmark: `bun uwebsockets.mjs WIDTH deflate|-`. A client of
// /3 follows the topics of window 3; each line of a POST, `TOPIC<tab>MESSAGE`, is a message to all that follow TOPIC.
const width = Number(process.argv[2]);
const deflate = process.argv[3] === 'deflate';

const server = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  maxRequestBodySize: 1 << 24,
  async fetch(request, server) {
    if (request.method !== 'POST') {
      const window = Number(new URL(request.url).pathname.slice(1));
      return server.upgrade(request, { data: window }) ? undefined : new Response('', { status: 400 });
    }
    for (const line of (await request.text()).split('\n')) {
      const tab = line.indexOf('\t');
      if (tab > 0) server.publish(line.slice(0, tab), line.slice(tab + 1), deflate);
    }
    return new Response('');
  },
  websocket: {
    perMessageDeflate: deflate ? { compress: 'shared', decompress: 'shared' } : false,
    idleTimeout: 120,
    open(socket) {
      for (let at = 0; at < width; ++at) socket.subscribe(String(socket.data * width + at));
      socket.send('{"event":"init","data":[]}');
    },
    message() {},
  },
});

console.log(`listening on http://127.0.0.1:${server.port}`);

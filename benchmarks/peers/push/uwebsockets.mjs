// SPDX-License-Identifier: MIT
// uWebSockets as it is inside Bun, as a peer of the push benchmark: `bun uwebsockets.mjs WIDTH deflate|- rows|-`. A
// client of /3 follows the topics of window 3; each line of a POST, `TOPIC<tab>MESSAGE`, is a message to all that follow
// TOPIC. With `rows` a client is first told the last message of each of its topics.
const width = Number(process.argv[2]);
const deflate = process.argv[3] === 'deflate';
const rows = process.argv[4] === 'rows' ? new Map() : undefined;

function init(topics) {
  const known = rows ? topics.filter((topic) => rows.has(topic)).map((topic) => rows.get(topic).slice(1, -1)) : [];
  return `{"event":"init","data":[${known.join(',')}]}`;
}

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
      if (tab <= 0) continue;
      rows?.set(line.slice(0, tab), line.slice(tab + 1));
      server.publish(line.slice(0, tab), line.slice(tab + 1), deflate);
    }
    return new Response('');
  },
  websocket: {
    perMessageDeflate: deflate ? { compress: 'shared', decompress: 'shared' } : false,
    idleTimeout: 120,
    open(socket) {
      const topics = Array.from({ length: width }, (_, at) => String(socket.data * width + at));
      topics.forEach((topic) => socket.subscribe(topic));
      socket.send(init(topics));
    },
    message() {},
  },
});

console.log(`listening on http://127.0.0.1:${server.port}`);

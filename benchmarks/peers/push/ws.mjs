// SPDX-License-Identifier: MIT
// Node's `ws` as a peer of the push benchmark: `node ws.mjs WIDTH deflate|- rows|-`. A client of /3 follows the topics
// of window 3; each line of a POST, `TOPIC<tab>MESSAGE`, is a message to all that follow TOPIC. With `rows` a client is
// first told the last message of each of its topics.
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';

const width = Number(process.argv[2]);
const deflate = process.argv[3] === 'deflate';
const rows = process.argv[4] === 'rows' ? new Map() : undefined;

function init(topics) {
  const known = rows ? topics.filter((topic) => rows.has(topic)).map((topic) => rows.get(topic).slice(1, -1)) : [];
  return `{"event":"init","data":[${known.join(',')}]}`;
}
const followers = new Map();

const http = createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    for (const line of Buffer.concat(parts).toString().split('\n')) {
      const tab = line.indexOf('\t');
      if (tab <= 0) continue;
      const message = line.slice(tab + 1);
      rows?.set(line.slice(0, tab), message);
      for (const socket of followers.get(line.slice(0, tab)) ?? []) socket.send(message);
    }
    response.writeHead(200, { 'Content-Length': '0' }).end();
  });
});

const server = new WebSocketServer({
  server: http,
  perMessageDeflate: deflate ? { serverNoContextTakeover: true, clientNoContextTakeover: true, threshold: 0 } : false,
});
server.on('connection', (socket, request) => {
  const window = Number(request.url.slice(1));
  const topics = Array.from({ length: width }, (_, at) => String(window * width + at));
  for (const topic of topics) {
    if (!followers.has(topic)) followers.set(topic, new Set());
    followers.get(topic).add(socket);
  }
  socket.on('close', () => topics.forEach((topic) => followers.get(topic).delete(socket)));
  socket.on('error', () => {});
  socket.send(init(topics));
});

http.maxRequestsPerSocket = 0;
http.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () =>
  console.log(`listening on http://127.0.0.1:${http.address().port}`),
);

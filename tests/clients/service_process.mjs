// SPDX-License-Identifier: MIT
// The service under test as a process of its own, started on a free port and ended by its process id.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import readline from 'node:readline';

const PROGRAM = process.env.FRESHET_TEST_SERVER;
const LISTENING = /^listening on http:\/\/([^:]+):(\d+)$/;

/** What a program prints, line by line; lines that come before they are asked for are kept. */
class Lines {
  constructor(stream) {
    this.printed = [];
    this.waiting = [];
    readline.createInterface({ input: stream }).on('line', (line) => {
      if (this.waiting.length > 0) this.waiting.shift()(line);
      else this.printed.push(line);
    });
  }

  next() {
    if (this.printed.length > 0) return Promise.resolve(this.printed.shift());
    return new Promise((resolve) => this.waiting.push(resolve));
  }
}

export class ServiceProcess {
  /** Starts the program and waits until it accepts connections. */
  static start(...args) {
    if (!PROGRAM) throw new Error('FRESHET_TEST_SERVER must name the program to test');
    return ServiceProcess.startProgram(PROGRAM, ...args);
  }

  /** The same for any program. */
  static async startProgram(program, ...args) {
    const withPort = args.includes('--port') ? args : ['--port', '0', ...args];
    const child = spawn(program, withPort, { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(child, 'exit');
    const lines = new Lines(child.stdout);
    const line = await Promise.race([
      lines.next(),
      ended.then(([status]) => Promise.reject(new Error(`the service ended with status ${status}`))),
    ]);
    const match = LISTENING.exec(line);
    if (!match) throw new Error(`expected the line "listening on ...", got: ${line}`);
    return new ServiceProcess(child, ended, Number(match[2]), lines);
  }

  constructor(child, ended, port, lines) {
    this.child = child;
    this.ended = ended;
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
    this.lines = lines;
  }

  /** The next line that the program prints behind the first one. */
  nextLine() {
    return this.lines.next();
  }

  /** Ends it as an operator would; resolves with its exit status. */
  async stop(signal = 'SIGTERM') {
    this.child.kill(signal);
    const [status] = await this.ended;
    return status;
  }

  /** One request on a connection of its own; `body` is sent as JSON unless it is a string or a Buffer. */
  request(method, path, body, headers = {}) {
    const bytes =
      body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const request = http.request(
        { host: '127.0.0.1', port: this.port, method, path, agent: false, headers: requestHeaders(bytes, headers) },
        (response) => {
          const parts = [];
          response.on('data', (part) => parts.push(part));
          response.on('error', reject);
          response.on('end', () => resolve(new Answer(response, Buffer.concat(parts).toString())));
        },
      );
      request.on('error', reject);
      request.end(bytes);
    });
  }

  /** Opens a stream and returns the id of its instance. */
  async open(resource, params = {}) {
    const answer = await this.request('POST', `/v1/streams/${resource}`, params);
    if (answer.status !== 200) throw new Error(`cannot open ${resource}: ${answer.status} ${answer.text}`);
    return answer.json().instance_id;
  }

  streamUrl(instance) {
    return `${this.url}/v1/streams/${instance}`;
  }

  /** Writes rows to an input in one transaction and returns its version. */
  async write(input, rows) {
    const answer = await this.request('PATCH', `/v1/inputs/${input}`, rows);
    if (answer.status !== 200) throw new Error(`cannot write ${input}: ${answer.status} ${answer.text}`);
    return answer.json().version;
  }

  /** The rows of an instance, as text, exactly as they came. */
  async snapshotText(instance) {
    const answer = await this.request('GET', `/v1/snapshot/${instance}`);
    if (answer.status !== 200) throw new Error(`no snapshot: ${answer.status} ${answer.text}`);
    return answer.text;
  }

  async snapshot(instance) {
    return JSON.parse(await this.snapshotText(instance));
  }

  /** Sends bytes as they are and returns all that comes back until the service closes, which it must do in time. */
  async exchange(bytes, { patienceMs = 5000, chunkBytes = Infinity, end = false } = {}) {
    const socket = net.connect(this.port, '127.0.0.1');
    const parts = [];
    socket.on('data', (part) => parts.push(part));
    socket.on('error', () => {});
    const closed = new Promise((resolve) => socket.on('close', resolve));
    await once(socket, 'connect');
    const all = Buffer.from(bytes, 'latin1');
    for (let at = 0; at < all.length && !socket.destroyed; at += chunkBytes) {
      socket.write(all.subarray(at, Math.min(all.length, at + chunkBytes)));
      if (chunkBytes !== Infinity) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    if (end) socket.end();
    let wasOpen = false;
    const timer = setTimeout(() => {
      wasOpen = true;
      socket.destroy();
    }, patienceMs);
    await closed;
    clearTimeout(timer);
    const text = Buffer.concat(parts).toString('latin1');
    if (wasOpen) throw new Error(`the connection was not closed after: ${text.slice(0, 300)}`);
    return text;
  }
}

class Answer {
  constructor(response, text) {
    this.status = response.statusCode;
    this.headers = response.headers;
    this.text = text;
  }

  json() {
    return JSON.parse(this.text);
  }
}

function requestHeaders(bytes, headers) {
  if (bytes === undefined) return headers;
  return { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(bytes), ...headers };
}

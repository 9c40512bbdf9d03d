// SPDX-License-Identifier: MIT
// The server under test as a process of its own, with a certificate in a temporary folder; ended by its process id.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import readline from 'node:readline';
import { promisify } from 'node:util';

const PROGRAM = process.env.FRESHET_TEST_SERVER;

export class ServerProcess {
  static async start() {
    if (!PROGRAM) throw new Error('FRESHET_TEST_SERVER must name the program to test');
    const server = new ServerProcess();
    server.folder = mkdtempSync(join(tmpdir(), 'freshet-transports-'));
    server.certificate = join(server.folder, 'own.pem');
    server.key = join(server.folder, 'own.key');
    server.renewCertificate('first');
    server.child = spawn(PROGRAM, [server.certificate, server.key], { stdio: ['ignore', 'pipe', 'inherit'] });
    server.ended = once(server.child, 'exit');
    const [line] = await once(readline.createInterface({ input: server.child.stdout }), 'line');
    const [, plain, tls] = /^listening on (\d+) and (\d+)$/.exec(line);
    server.plain = `http://127.0.0.1:${plain}`;
    server.tls = `https://localhost:${tls}`;
    server.tlsPort = Number(tls);
    return server;
  }

  get authority() {
    return readFileSync(this.certificate);
  }

  renewCertificate(subject) {
    execFileSync('openssl', [
      ...'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj'.split(' '),
      `/CN=${subject}`, '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1',
      '-out', this.certificate, '-keyout', this.key,
    ], { stdio: 'ignore' });
  }

  /** A file with that text, in the temporary folder; its path. */
  file(name, text) {
    const path = join(this.folder, name);
    writeFileSync(path, text);
    return path;
  }

  /** What curl prints; rejects where it fails. */
  async curl(...args) {
    const { stdout } = await promisify(execFile)('curl', ['-sS', '--max-time', '20', ...args], {
      maxBuffer: 32 * 1024 * 1024,
    });
    return stdout;
  }

  async stop() {
    this.child.kill('SIGTERM');
    const [status] = await this.ended;
    rmSync(this.folder, { recursive: true });
    return status;
  }
}

/** Resolves once `condition()` holds. */
export async function until(condition, patienceMs = 20_000) {
  const deadline = Date.now() + patienceMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`nothing happens: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

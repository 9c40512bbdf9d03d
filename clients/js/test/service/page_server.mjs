// SPDX-License-Identifier: MIT
// Pages of another origin than the service: the package as it is, React, and an empty page to run tests in.
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGE = fileURLToPath(new URL('../..', import.meta.url));
const MODULES = fileURLToPath(new URL('../../../../node_modules', import.meta.url));

const IMPORTS = {
  '@freshet/client': '/package/src/index.js', '@freshet/client/react': '/package/src/react.js', 'react': '/react.js',
};
const FILES = {
  '/': ['text/html', `<!doctype html><title>test</title><link rel="icon" href="data:,">
<script type="importmap">${JSON.stringify({ imports: IMPORTS })}</script><div id="root"></div>`],
  '/elsewhere': ['text/html', '<!doctype html><title>elsewhere</title><link rel="icon" href="data:,">'],
  // React 18 has no module of its own for browsers; this makes one of the script that it has.
  '/react.js': ['text/javascript', 'export const { useCallback, useMemo, useSyncExternalStore } = globalThis.React;'],
};
const REACT = {
  '/vendor/react.js': path.join(MODULES, 'react/umd/react.development.js'),
  '/vendor/react-dom.js': path.join(MODULES, 'react-dom/umd/react-dom.development.js'),
};

/** What is at `url`, as [type, content]. */
async function fileAt(url) {
  if (FILES[url]) return FILES[url];
  if (REACT[url]) return ['text/javascript', await readFile(REACT[url])];
  const file = path.join(PACKAGE, path.relative('/package', url));
  if (!url.startsWith('/package/') || !file.startsWith(PACKAGE)) throw new Error(`nothing at ${url}`);
  return ['text/javascript', await readFile(file)];
}

export async function startPages() {
  const server = http.createServer((request, response) => {
    fileAt(request.url).then(
      ([type, content]) => response.writeHead(200, { 'Content-Type': type }).end(content),
      (error) => response.writeHead(404).end(error.message),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

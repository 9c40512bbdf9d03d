#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { writeFile } from 'node:fs/promises';
import process from 'node:process';
import { parseArgs } from 'node:util';

import { Freshet } from '../src/index.js';
import { writeTypes } from '../src/types_writer.js';

const kUsage = `freshet-types URL [--out FILE] [--token TOKEN] [--bigint]

Writes TypeScript declarations of what a running service has: its models, resources and inputs.

  --out FILE      where to; standard output if it is not given
  --token TOKEN   for services that want one; or FRESHET_TOKEN in the environment
  --bigint        64-bit integers are number | bigint, as they come; if not given, number
`;

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      out: { type: 'string' }, token: { type: 'string' }, bigint: { type: 'boolean' }, help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return void process.stdout.write(kUsage);
  if (positionals.length !== 1) throw new TypeError(`one URL is needed\n\n${kUsage}`);
  const [url] = positionals;
  const client = new Freshet(url, { token: values.token ?? process.env.FRESHET_TOKEN });
  const [resources, inputs] = await Promise.all([client.resources(), client.inputs()]);
  const text = writeTypes({ resources, inputs }, { origin: client.baseUrl, bigints: values.bigint });
  if (values.out === undefined) process.stdout.write(text);
  else await writeFile(values.out, text);
  return undefined;
}

main().catch((error) => {
  process.stderr.write(`freshet-types: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof TypeError ? 2 : 1;
});

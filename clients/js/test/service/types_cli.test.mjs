// SPDX-License-Identifier: MIT
// freshet-types against the real service, and what it writes against the real compiler.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ServiceProcess } from '../../../../tests/clients/service_process.mjs';
import { writeTypes } from '../../src/types_writer.js';

const HERE = fileURLToPath(new URL('../..', import.meta.url));
const TSC = fileURLToPath(new URL('../../../../node_modules/typescript/bin/tsc', import.meta.url));

let service;
let folder;
before(async () => {
  service = await ServiceProcess.start();
  folder = await mkdtemp(path.join(os.tmpdir(), 'freshet-types-'));
});
after(async () => {
  await service.stop();
  await rm(folder, { recursive: true });
});

async function run(...command) {
  const child = spawn(process.execPath, command);
  const output = { out: '', err: '' };
  child.stdout.on('data', (data) => (output.out += data));
  child.stderr.on('data', (data) => (output.err += data));
  const [status] = await once(child, 'close');
  return { status, ...output };
}

/** What the compiler says of a program that uses `service.d.ts`. */
async function compile(program) {
  await writeFile(path.join(folder, 'program.ts'), program);
  await writeFile(path.join(folder, 'tsconfig.json'), JSON.stringify({
    compilerOptions: {
      strict: true, noEmit: true, module: 'nodenext', target: 'es2022', lib: ['es2022', 'dom'], types: [],
      paths: { '@freshet/client': [path.join(HERE, 'types/index.d.ts')] },
    },
    include: ['*.ts'],
  }));
  await writeFile(path.join(folder, 'package.json'), '{"type":"module"}');
  const { out } = await run(TSC, '-p', folder);
  return out;
}

test('the types of a service are those of its models, and the compiler holds programs to them', async () => {
  const file = path.join(folder, 'service.d.ts');
  const { status, err } = await run(path.join(HERE, 'bin/freshet-types.js'), service.url, '--out', file);
  assert.equal(status, 0, err);
  const text = await readFile(file, 'utf8');
  assert.match(text, /export interface Dweller \{\n {2}age: number;\n {2}name: string;\n\}/);
  assert.match(text, /dwellers: \{ params: Record<string, never>; key: Address; value: Dweller \};/);
  assert.match(text, /maybes: \{ key: string; value: number \| null \};/);
  assert.match(text, /export interface GreaterParams \{\n {2}label\?: string;\n {2}threshold: number;\n\}/);
  const good = `
    import { Freshet } from '@freshet/client';
    import type { Service } from './service.js';
    const client = new Freshet<Service>('http://127.0.0.1');
    const greater = client.open('greater', { threshold: 1 });
    const first: number | undefined = greater.value(1);
    const dwellers = await client.open<'dwellers'>('dwellers').ready;
    const name: string | undefined = dwellers.value({ street: 'a', house: 1 })?.name;
    await client.write({ maybes: [['a', [null]], ['b', [1]]], lists: [['a', [[1, 2]]]] }, { visible: dwellers });
    console.log(first, name);`;
  assert.equal(await compile(good), '');
  for (const [bad, complaint] of [
    ["client.open('greater')", /Expected 2 arguments/], ["client.open('greater', { treshold: 1 })", /treshold/],
    ["client.open('nothing')", /not assignable/], ["dwellers.value({ street: 'a' })", /house/],
    ["client.write({ flags: [['a', [1]]] })", /not assignable/],
  ]) assert.match(await compile(`${good}\n${bad};`), complaint, bad);
});

test('64-bit integers may be said as they come', async () => {
  const { out } = await run(path.join(HERE, 'bin/freshet-types.js'), service.url, '--bigint');
  assert.match(out, /numbers: \{ params: Record<string, never>; key: number \| bigint; value: number \| bigint \};/);
  assert.match(out, /threshold: number;/, 'one with a range that a number holds is a number');
});

test('what is wrong is said, with a status', async () => {
  const nowhere = await run(path.join(HERE, 'bin/freshet-types.js'), 'http://127.0.0.1:1');
  assert.equal(nowhere.status, 1);
  assert.match(nowhere.err, /^freshet-types: the service cannot be reached/);
  const misused = await run(path.join(HERE, 'bin/freshet-types.js'));
  assert.equal(misused.status, 2);
  assert.match(misused.err, /one URL is needed/);
});

test('schemas of every kind have their type', () => {
  const type = (row) => {
    const text = writeTypes({ resources: [{ name: 'r', doc: '', params: { type: 'object', properties: {} }, key: {}, row }], inputs: [] });
    return /value: (.*) \};/.exec(text)[1];
  };
  assert.equal(type({ type: 'boolean' }), 'boolean');
  assert.equal(type({ type: 'number' }), 'number');
  assert.equal(type({}), 'unknown');
  assert.equal(type({ type: ['string', 'null'] }), 'string | null');
  assert.equal(type({ type: 'string', enum: ['low', 'hi"gh'] }), '"low" | "hi\\"gh"');
  assert.equal(type({ anyOf: [{ type: 'string' }, { type: 'null' }] }), 'string | null');
  assert.equal(type({ type: 'array', items: { anyOf: [{ type: 'string' }, { type: 'null' }] } }), 'Array<string | null>');
  assert.equal(type({ type: 'object', additionalProperties: { type: 'array', items: { type: 'string' } } }), 'Record<string, string[]>');
  assert.equal(type({ oneOf: [{ $ref: '#/$defs/cat' }, { $ref: '#/$defs/dog' }], $defs: {
    cat: { title: 'cat', type: 'object', properties: { kind: { const: 'cat' } } },
    dog: { title: 'dog', type: 'object', properties: { kind: { const: 'dog' } } },
  } }), 'Cat | Dog');
});

test('models that refer to themselves end, equal ones are one, different ones of one name are two', () => {
  const node = { title: 'node', type: 'object', required: ['next'], properties: { next: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] } } };
  const other = { title: 'node', type: 'object', description: 'Ends */ early', properties: { 'a-b': { type: 'string', readOnly: true } } };
  const params = { type: 'object', properties: {} };
  const text = writeTypes({
    resources: [
      { name: 'one', doc: 'A chain', params, key: {}, row: { ...node, $defs: { node } } },
      { name: 'two', doc: '', params, key: {}, row: { ...node, $defs: { node } } },
      { name: 'three', doc: '', params, key: {}, row: other },
    ],
    inputs: [],
  });
  assert.match(text, /export interface Node \{\n {2}next: Node \| null;\n\}/);
  assert.match(text, /\/\*\* Ends \* \/ early \*\/\nexport interface Node2 \{\n {2}readonly "a-b": string;\n\}/);
  assert.equal(text.match(/export interface/g).length, 3);
  assert.match(text, / {4}\/\*\* A chain \*\/\n {4}one:/);
});

// SPDX-License-Identifier: MIT
// Not part of the package: fails to compile where what is declared and what is written differ, and shows what types do.
import * as declared from './index.js';
import type * as react from './react.js';
import { Freshet, FreshetError } from '../src/index.js';
import * as hooks from '../src/react.js';

type MustBe<Wanted, Given extends Wanted> = Given;

export type Client = MustBe<Omit<declared.Freshet, never>, Freshet>;
export type Failure = MustBe<declared.FreshetError, FreshetError>;
export type Hooks = MustBe<{ [Name in keyof typeof react]: unknown }, typeof hooks>;
export type Constructor = MustBe<ConstructorParameters<typeof Freshet>, ConstructorParameters<typeof declared.Freshet>>;

interface Service {
  resources: {
    words: { params: Record<string, never>; key: string; value: string };
    greater: { params: { threshold: number; label?: string }; key: number; value: number };
  };
  inputs: { words: { key: string; value: string } };
}

export async function typed(client: declared.Freshet<Service>): Promise<string | undefined> {
  const words = client.open('words');
  const greater = client.open<'greater'>('greater', { threshold: 3 });
  greater.onChange((changes) => changes.map(({ key, values }) => key + values[0]));
  // @ts-expect-error: there is no such resource
  client.open('wrds');
  // @ts-expect-error: a parameter is missing
  client.open('greater');
  // @ts-expect-error: a parameter is of the wrong type
  client.open('greater', { threshold: '3' });
  // @ts-expect-error: keys of words are texts
  words.get(3);
  await client.write({ words: [['a', ['b']]] }, { visible: words });
  // @ts-expect-error: values of words are texts
  await client.write({ words: [['a', [1]]] });
  return (await words.ready).value('a');
}

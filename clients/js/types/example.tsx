// SPDX-License-Identifier: MIT
// Not part of the package: what the pages show of React, held to the types.
import type { Freshet } from './index.js';
import { useCollection, useRow } from './react.js';

interface Service {
  resources: {
    words: { params: Record<string, never>; key: string; value: string };
    greater: { params: { threshold: number }; key: number; value: number };
  };
  inputs: { words: { key: string; value: string } };
}

// [react]
export function Greater({ client, threshold }: { client: Freshet<Service>; threshold: number }) {
  const numbers = useCollection(client, 'greater', { threshold });
  if (!numbers.ready) return <p>{numbers.status.reason ?? 'Loading'}</p>;
  return <ul>{[...numbers].map(([key, [value]]) => <li key={key}>{value}</li>)}</ul>;
}

export function Greeting({ client }: { client: Freshet<Service> }) {
  const [greeting = 'silence'] = useRow(client, 'words', 'greeting') ?? [];
  return <h1>{greeting}</h1>;
}
// [/react]

// SPDX-License-Identifier: MIT
// The script of a run, as Script::write of benchmarks/engine/script.hpp puts it into a file: 64-bit words.
import { readFileSync } from "node:fs";

/** Reads a script; rows and transactions are BigUint64Arrays. */
export function readScript(path) {
  const bytes = readFileSync(path);
  const name = bytes.subarray(0, 32).toString("latin1").replaceAll("\0", "");
  const words = new BigUint64Array(bytes.buffer.slice(bytes.byteOffset + 32, bytes.byteOffset + bytes.length));
  let at = 0;
  const next = () => Number(words[at++]);
  const take = (count, width) => Array.from({ length: count }, () => words.subarray(at, (at += width)));

  const rows = next();
  const parameters = take(next(), 1).map((words) => Number(words[0]));
  const loadBatch = next();
  const rowWords = next();
  const load = take(next(), rowWords);
  const transactionWords = next();
  const phases = [];
  for (let count = next(); count > 0; --count) {
    const batch = next();
    phases.push({ batch, transactions: take(next(), transactionWords) });
  }
  const checkpoints = take(next(), 1).map((words) => Number(words[0]));
  return { name, rows, parameters, loadBatch, load, phases, checkpoints };
}

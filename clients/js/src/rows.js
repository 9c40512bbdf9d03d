// SPDX-License-Identifier: MIT
import { canonical } from './json.js';

/** @typedef {[key: any, values: readonly any[]]} Row */

/**
 * Rows under keys; what is read of a collection, a snapshot or a view.
 * @implements {ReadonlyRows<any, any>}
 * @import {Change, ReadonlyRows, Snapshot} from '../types/index.js'
 */
export class Rows {
  /** @type {Map<string, Row>} by the canonical text of the key */
  #rows;

  /** @param {Rows} [from] what to copy */
  constructor(from) {
    this.#rows = new Map(from === undefined ? [] : from.#rows);
  }

  get size() {
    return this.#rows.size;
  }

  /** @param {any} key */
  has(key) {
    return this.#rows.has(canonical(key));
  }

  /** @param {any} key */
  get(key) {
    return this.#rows.get(canonical(key))?.[1];
  }

  /** @param {any} key */
  value(key) {
    return this.get(key)?.[0];
  }

  /** @returns {IterableIterator<any>} */
  *keys() {
    for (const [key] of this.#rows.values()) yield key;
  }

  /** @returns {IterableIterator<Row>} */
  *entries() {
    for (const [key, values] of this.#rows.values()) yield [key, values];
  }

  /** @returns {IterableIterator<any>} */
  *values() {
    for (const [, values] of this.#rows.values()) yield* values;
  }

  [Symbol.iterator]() {
    return this.entries();
  }

  /**
   * Makes the rows named here what is said here; no values: gone. Returns what that changed.
   * @param {Row[]} rows @returns {Change[]}
   */
  update(rows) {
    const changes = [];
    for (const [key, values] of rows) {
      const text = canonical(key);
      const before = this.#rows.get(text)?.[1] ?? [];
      if (values.length === 0 && before.length === 0) continue;
      if (values.length === 0) this.#rows.delete(text);
      else this.#rows.set(text, [key, values]);
      changes.push({ key, values, before });
    }
    return changes;
  }

  /**
   * Makes these the only rows there are, in this order. Returns what is different now; rows that are equal stay the
   * same objects.
   * @param {Row[]} rows @returns {Change[]}
   */
  replace(rows) {
    const old = this.#rows;
    const changes = [];
    this.#rows = new Map();
    for (const row of rows) {
      const text = canonical(row[0]);
      const known = old.get(text);
      old.delete(text);
      const same = known !== undefined && canonical(known[1]) === canonical(row[1]);
      this.#rows.set(text, same ? known : row);
      if (!same) changes.push({ key: row[0], values: row[1], before: known?.[1] ?? [] });
    }
    for (const [key, before] of old.values()) changes.push({ key, values: [], before });
    return changes;
  }

  /** Whether there are exactly these rows, in any order. @param {Row[]} rows */
  equals(rows) {
    return rows.length === this.size && rows.every(([key, values]) => {
      const mine = this.get(key);
      return mine !== undefined && canonical(mine) === canonical(values);
    });
  }
}

/** @implements {Snapshot<any, any>} */
export class SnapshotRows extends Rows {
  /** @param {Row[]} rows @param {number} version @param {number} missingRows */
  constructor(rows, version, missingRows) {
    super();
    this.replace(rows);
    this.version = version;
    this.missingRows = missingRows;
  }
}

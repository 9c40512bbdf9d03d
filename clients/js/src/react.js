// SPDX-License-Identifier: MIT
import { useCallback, useMemo, useSyncExternalStore } from 'react';

import { canonical } from './json.js';
import { Rows } from './rows.js';
import { acquire } from './shared.js';

/**
 * @import {CollectionView} from '../types/react.js'
 * @import {LiveCollection} from './collection.js'
 */

/** How a collection was at one moment. @implements {CollectionView} */
class View extends Rows {
  /** @param {LiveCollection | null} collection */
  constructor(collection) {
    super(collection ?? undefined);
    this.status = collection?.status ?? { name: /** @type {const} */ ('connecting') };
    this.errors = collection?.errors ?? [];
    this.ready = collection?.isReady ?? false;
    this.collection = collection;
    this.revision = collection?.revision ?? 0;
  }
}

const kNothing = new View(null);

/** One collection as React wants to see it: a subscription, and a view that is the same until something changes. */
class Store {
  #acquire;
  /** @type {LiveCollection | null} */
  collection = null;
  #view = kNothing;

  /** @param {() => {collection: LiveCollection, release: () => void}} acquire */
  constructor(acquire) {
    this.#acquire = acquire;
  }

  /** @param {() => void} onAnything @returns {() => void} */
  subscribe = (onAnything) => {
    const { collection, release } = this.#acquire();
    this.collection = collection;
    const stops = [collection.onChange(onAnything), collection.onError(onAnything), collection.onStatus(onAnything)];
    return () => {
      for (const stop of stops) stop();
      release();
    };
  };

  view = () => {
    // Made when it is asked for: several events in one turn cost one copy.
    if (this.collection !== null && (this.#view.collection !== this.collection || this.#view.revision !== this.collection.revision)) {
      this.#view = new View(this.collection);
    }
    return this.#view;
  };
}

/** @param {any} client @param {string} resource @param {unknown} params @returns {Store} */
function useStore(client, resource, params) {
  const text = canonical(params ?? {});
  // Parameters are compared by what is in them: those of the first render stand for all that are equal.
  return useMemo(() => new Store(() => acquire(client, resource, params)), [client, resource, text]);
}

/** @param {any} client @param {string} resource @param {unknown} [params] @returns {CollectionView} */
export function useCollection(client, resource, params) {
  const store = useStore(client, resource, params);
  return useSyncExternalStore(store.subscribe, store.view, () => kNothing);
}

/** @param {any} client @param {string} resource @param {any} key @param {unknown} [params] */
export function useRow(client, resource, key, params) {
  const store = useStore(client, resource, params);
  const text = canonical(key);
  const read = useCallback(() => store.collection?.get(key), [store, text]);
  return useSyncExternalStore(store.subscribe, read, () => undefined);
}

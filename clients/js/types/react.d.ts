// SPDX-License-Identifier: MIT
import type {
  AnyService, Collection, Freshet, KeyOf, ParamsOf, ReadonlyRows, ResourceName, RowError, Status, ValueOf,
} from './index.js';

/** How a collection was at one moment. It does not change: React may render it when it likes. */
export interface CollectionView<Key = any, Value = any> extends ReadonlyRows<Key, Value> {
  readonly status: Status;
  readonly errors: readonly RowError[];
  /** Whether there were rows to show yet; an empty collection is ready, too. */
  readonly ready: boolean;
  /** To retry(), or to wait for in write(); null while rendering on a server. */
  readonly collection: Collection<Key, Value> | null;
}

/** Follows a resource while a component is mounted. Components with equal parameters share one stream, which ends a
 *  little after the last of them is gone. `params` are compared by what is in them. */
export function useCollection<Service extends AnyService, Name extends ResourceName<Service>>(
  client: Freshet<Service>,
  resource: Name,
  params?: ParamsOf<Service, Name>,
): CollectionView<KeyOf<Service, Name>, ValueOf<Service, Name>>;

/** The values of one key, undefined if it is not there: renders again only when those change. */
export function useRow<Service extends AnyService, Name extends ResourceName<Service>>(
  client: Freshet<Service>,
  resource: Name,
  key: KeyOf<Service, Name>,
  params?: ParamsOf<Service, Name>,
): readonly ValueOf<Service, Name>[] | undefined;

// SPDX-License-Identifier: MIT
// The public face of the package. What is declared here is what src/ is checked against.

/** What a service has: `npx freshet-types URL` writes one such interface for a running service. */
export interface AnyService {
  resources: { [name: string]: { params: any; key: any; value: any } };
  inputs: { [name: string]: { key: any; value: any } };
}

type Text<Names> = Extract<Names, string>;

export type ResourceName<Service extends AnyService> = Text<keyof Service['resources']>;
export type ParamsOf<Service extends AnyService, Name extends ResourceName<Service>> =
  Service['resources'][Name]['params'];
export type KeyOf<Service extends AnyService, Name extends ResourceName<Service>> = Service['resources'][Name]['key'];
export type ValueOf<Service extends AnyService, Name extends ResourceName<Service>> =
  Service['resources'][Name]['value'];
/** Parameters may be left out where all of them have defaults. */
export type ParamsArgument<Params> = {} extends Params ? [params?: Params] : [params: Params];

/** `[[key, [value, ...]], ...]`; a key with no values is taken away. */
export type WrittenRows<Key, Value> = ReadonlyArray<readonly [Key, ReadonlyArray<Value>]>;
export type Writes<Service extends AnyService> = {
  [Name in keyof Service['inputs']]?: WrittenRows<Service['inputs'][Name]['key'], Service['inputs'][Name]['value']>;
};

/** Ways to read a stream. What they deliver is the same. */
export type TransportName = 'sse' | 'ndjson' | 'poll' | 'websocket';

export interface BackoffOptions {
  /** The first delay is drawn between 0 and this. 500 ms */
  firstMs?: number;
  /** The span doubles with each failure, up to this. 30 s */
  maxMs?: number;
  /** A connection that lasted for so long was a good one: the span begins anew. 10 s */
  stableMs?: number;
}

export interface FreshetOptions {
  /** Sent as `Authorization: Bearer`. A function is asked for each request, and once more with `renew` when the
   *  service refuses what it gave. */
  token?: string | ((reason: { renew: boolean }) => string | undefined | Promise<string | undefined>);
  /** In place of the global fetch. */
  fetch?: typeof globalThis.fetch;
  /** In place of the global WebSocket; Node has one from version 22 on. */
  WebSocket?: typeof globalThis.WebSocket;
  /** Which to use, the preferred first. One that does not work here (a proxy that holds streams back, a server that does
   *  not know it) makes room for the next. ['sse', 'poll'] */
  transports?: TransportName[];
  backoff?: BackoffOptions;
  /** How long a request may take to be answered. 30 s */
  requestTimeoutMs?: number;
  /** How long a stream may be silent before its connection is taken for dead; the service sends a sign of life every
   *  15 s, and lets a long poll wait for 25 s. 45 s */
  silenceMs?: number;
  /** What a stream may take to bring its first event, before its transport is taken for one that does not work here.
   *  15 s */
  firstEventMs?: number;
  /** The longest event that is read, in characters. 64 Mi */
  eventLengthMax?: number;
  /** Give connections back when the page has been hidden for so long, and take them up when it is shown. Off */
  pauseHiddenAfterMs?: number;
  /** Whole numbers that a JavaScript number cannot hold exactly come as BigInt. If false, they are rounded. true */
  bigints?: boolean;
}

/** What went wrong, in the service's words where it is the service that refused. */
export class FreshetError extends Error {
  /** Of HTTP; 0 where there was no answer. */
  readonly status: number;
  /** The service's, as `not_found`; or one of ours: `unreachable`, `timeout`, `closed`, `unreadable`, `unsupported`,
   *  `token_expired`, or `http_502` where a proxy answered. */
  readonly code: string;
  readonly primary: string;
  readonly detail: string;
  readonly hint: string;
  /** The place in what was sent that is at fault, as `$.threshold`. */
  readonly path: string;
  /** When the service asked to be left alone for a while. */
  readonly retryAfterMs: number | undefined;
}

/** Rows under keys. Keys that are objects are found by what is in them, whatever the order of their members. */
export interface ReadonlyRows<Key = any, Value = any> extends Iterable<[Key, readonly Value[]]> {
  readonly size: number;
  has(key: Key): boolean;
  /** All values of a key; undefined if it is not there. The list is replaced when it changes, never altered. */
  get(key: Key): readonly Value[] | undefined;
  /** The first value of a key, for collections that have one for each. */
  value(key: Key): Value | undefined;
  keys(): IterableIterator<Key>;
  entries(): IterableIterator<[Key, readonly Value[]]>;
  /** Every value of every key. */
  values(): IterableIterator<Value>;
}

export interface Snapshot<Key = any, Value = any> extends ReadonlyRows<Key, Value> {
  /** The commit whose state this is. */
  readonly version: number;
  /** Rows that could not be computed or written. */
  readonly missingRows: number;
}

export interface Change<Key = any, Value = any> {
  readonly key: Key;
  /** As they are now; none: the key is gone. */
  readonly values: readonly Value[];
  /** As they were. */
  readonly before: readonly Value[];
}

export interface RowError {
  readonly node: string;
  /** The key of the row, as JSON text. */
  readonly key: string;
  /** null: the row is well again. */
  readonly error: string | null;
}

export type StatusName = 'connecting' | 'live' | 'reconnecting' | 'waiting' | 'refused' | 'closed';

export interface Status {
  readonly name: StatusName;
  /** Why it is not live, in words. */
  readonly reason?: string;
  /** When it is tried again, as Date.now() says it. */
  readonly retryAt?: number;
  readonly error?: FreshetError;
}

/** The rows of one resource with its parameters bound, kept equal to what the service has.
 *
 *  Never shows half of a commit: all changes of one are made at once, and listeners are called when all are made. While
 *  the connection is down it keeps showing the last state. */
export interface Collection<Key = any, Value = any> extends ReadonlyRows<Key, Value> {
  readonly resource: string;
  readonly params: unknown;
  /** Resolves with the collection when it has its rows for the first time; rejects if it is refused or closed before. */
  readonly ready: Promise<Collection<Key, Value>>;
  readonly status: Status;
  /** The errors that stand. */
  readonly errors: readonly RowError[];
  /** The id of the last event; what a new connection goes on from. */
  readonly id: string;
  /** Counts the times that anything visible changed: rows, errors or status. */
  readonly revision: number;

  /** Calls `listener` after each commit that changed something, with all keys that it changed. After a lost connection
   *  whose gap the service could not fill, with all that is different now (`type` is `init`). Returns how to stop. */
  onChange(
    listener: (changes: ReadonlyArray<Change<Key, Value>>, event: { type: 'init' | 'update'; id: string }) => void,
  ): () => void;
  /** Calls `listener` when rows could not be computed, or are well again. */
  onError(listener: (errors: readonly RowError[]) => void): () => void;
  onStatus(listener: (status: Status) => void): () => void;

  /** Tries again now what is waiting or was refused. */
  retry(): void;
  /** Ends it and gives the opening back to the service. Its last rows stay readable. */
  close(): void;
}

export interface WriteOptions {
  /** Resolve when these show what was written, too. */
  visible?: Collection<any, any> | ReadonlyArray<Collection<any, any>>;
  /** How long to wait for that. 10 s */
  timeoutMs?: number;
}

export interface Description {
  name: string;
  doc: string;
  /** JSON Schemas. */
  params?: object;
  key: object;
  row: object;
}

export class Freshet<Service extends AnyService = AnyService> {
  /** `baseUrl` is where `v1/` is found; a relative one is taken from the page's address. */
  constructor(baseUrl: string | URL, options?: FreshetOptions);
  readonly baseUrl: string;

  /** Opens a resource and follows it until it is closed. Returns at once; never throws for what the service says. */
  open<Name extends ResourceName<Service>>(
    resource: Name,
    ...params: ParamsArgument<ParamsOf<Service, Name>>
  ): Collection<KeyOf<Service, Name>, ValueOf<Service, Name>>;

  /** The rows at one version, without following them. */
  snapshot<Name extends ResourceName<Service>>(
    resource: Name,
    ...params: ParamsArgument<ParamsOf<Service, Name>>
  ): Promise<Snapshot<KeyOf<Service, Name>, ValueOf<Service, Name>>>;

  /** The values of one key; none if it is not there. */
  lookup<Name extends ResourceName<Service>>(
    resource: Name,
    key: KeyOf<Service, Name>,
    ...params: ParamsArgument<ParamsOf<Service, Name>>
  ): Promise<ValueOf<Service, Name>[]>;

  /** Writes rows to inputs in one transaction. Resolves with the version of the commit; rejects with a FreshetError, and
   *  then nothing was applied, unless its code is `unreachable` or `timeout`: then nobody knows. */
  write(inputs: Writes<Service>, options?: WriteOptions): Promise<number>;

  /** Sends JSON to any other route of the service, as those of views, forms or the program's own, and resolves with the
   *  JSON of the answer; null where there is none (204). `path` is relative to the base URL. */
  request(method: string, path: string, body?: unknown): Promise<any>;

  /** What may be opened, and what may be written to. */
  resources(): Promise<Description[]>;
  inputs(): Promise<Description[]>;

  /** Closes every collection that it opened, and its socket. */
  close(): void;
}

/** The kinds of requests that are sent all the time. */
export const REQUEST_KINDS = ['read', 'movie', 'order'] as const;

/** Reading movies, adding one, or posting an order. */
export type RequestKind = (typeof REQUEST_KINDS)[number];

/** One request as its client saw it. Times are milliseconds of `performance.now()`. */
export interface SentRequest {
  readonly kind: RequestKind;
  readonly startedMs: number;
  readonly endedMs: number;
  /** Why it failed: a status other than 2xx, or an error's name; `undefined` for one that was answered as it should be. */
  readonly failure?: string;
}

/** A write that was sent: `key` is in what it writes, and in nothing else. */
export interface SentWrite {
  readonly key: string;
  /** Whether its client was told that it is done (201, 202). */
  readonly isAcknowledged: boolean;
  /** What the acknowledgement named it; orders have no such name. */
  readonly id?: number;
}

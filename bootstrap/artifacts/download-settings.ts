import type { HttpClient } from './http-client.ts';

/** How long downloads are tried. */
export interface DownloadLimits {
  /** How often an attempt that brought nothing is followed by another. */
  readonly retries: number;
  /** The pause before the second attempt; each later one is twice as long. */
  readonly firstPauseMs: number;
  /** How long a server may send nothing. */
  readonly silenceMs: number;
  /** The longest time that a server may ask to wait (Retry-After). */
  readonly longestWaitMs: number;
}

/** Patient enough for a bad line, and short enough for a person who waits. */
export const DOWNLOAD_LIMITS: DownloadLimits = {
  retries: 4,
  firstPauseMs: 1000,
  silenceMs: 30_000,
  longestWaitMs: 5 * 60_000,
};

/** How downloads are made, and where they are kept. */
export interface DownloadSettings {
  readonly client: HttpClient;
  readonly limits: DownloadLimits;
  /** Whether all must be in the cache already. */
  readonly isOffline?: boolean;
  /** The cache directory. */
  readonly cache: string;
}

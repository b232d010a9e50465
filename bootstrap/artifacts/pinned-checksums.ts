import checksums from './checksums.json' with { type: 'json' };

/** The SHA-256 of downloads, by their URLs: what `npm run checksums` has written, and somebody has committed. */
export type PinnedChecksums = Readonly<Record<string, string>>;

/** The checksums in the repository. A URL names its version, so a new version has none until it is pinned. */
export const PINNED_CHECKSUMS: PinnedChecksums = checksums;

/** The file that holds them. */
export const PINNED_CHECKSUMS_FILE = new URL('checksums.json', import.meta.url);

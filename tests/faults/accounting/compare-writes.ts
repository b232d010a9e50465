import type { SentWrite } from '../load/request.ts';

/** A row that a write left in a database. */
export interface StoredWrite {
  readonly key: string;
  readonly id: number;
}

/** What became of the writes of a fault. */
export interface Account {
  readonly sent: number;
  readonly acknowledged: number;
  readonly stored: number;
  /** Keys of those that were acknowledged and are not there, or are there under another id than was told. */
  readonly lost: readonly string[];
  /** Keys of those that are there more than once. */
  readonly duplicated: readonly string[];
  /** How many are there although their client was told nothing, or of a failure; no fault, since none was promised. */
  readonly storedUnacknowledged: number;
}

/** Compares what clients sent with what is in the database; rows of others are left out. */
export function compareWrites(sent: readonly SentWrite[], rows: readonly StoredWrite[]): Account {
  const idsOf = Map.groupBy(rows, ({ key }) => key);
  const isThere = ({ key, id }: SentWrite) =>
    (idsOf.get(key) ?? []).some((row) => id === undefined || row.id === id);
  const found = sent.filter(({ key }) => idsOf.has(key));
  return {
    sent: sent.length,
    acknowledged: sent.filter(({ isAcknowledged }) => isAcknowledged).length,
    stored: found.length,
    lost: sent.filter((write) => write.isAcknowledged && !isThere(write)).map(({ key }) => key),
    duplicated: found.filter(({ key }) => (idsOf.get(key) ?? []).length > 1).map(({ key }) => key),
    storedUnacknowledged: found.filter(({ isAcknowledged }) => !isAcknowledged).length,
  };
}

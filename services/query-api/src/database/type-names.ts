import type { Pool } from 'pg';

/** PostgreSQL's names of types by their object ids. */
export interface TypeNames {
  /** @returns the names in the same order; the number itself where no name can be found out now */
  of(typeIds: readonly number[]): Promise<string[]>;
}

/** Makes a directory of types that asks the database when it meets one that it doesn't know. */
export function createTypeNames(pool: Pool): TypeNames {
  const names = new Map<number, string>();
  const learn = async () => {
    const { rows } = await pool.query<[number, string]>({
      text: 'SELECT oid, format_type(oid, NULL) FROM pg_catalog.pg_type',
      rowMode: 'array',
    });
    for (const [id, name] of rows) names.set(id, name);
  };
  return {
    async of(typeIds) {
      if (typeIds.some((id) => !names.has(id))) await learn().catch(() => undefined);
      return typeIds.map((id) => names.get(id) ?? String(id));
    },
  };
}

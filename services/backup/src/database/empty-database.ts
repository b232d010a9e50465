import { userTables } from './take-snapshot.ts';

/** The table of migrations, which has rows before anybody has written anything. */
export const migrationsTable = 'schema_migrations';

/** What PostgreSQL says (as SQLSTATE) when a database that should be empty isn't; of no class of its own. */
export const notEmptyState = 'OB001';

/**
 * SQL that makes a database empty, for the beginning of the transaction that fills it again. Nobody can write once
 * it has the tables' locks, so what it finds empty is empty.
 * Not DROP OWNED: that would also take what the role has been granted, and its default privileges.
 * @param mayHaveRows whether rows may be thrown away; else the transaction fails with notEmptyState
 */
export function emptyDatabaseSql(mayHaveRows: boolean): string {
  return `
SET LOCAL lock_timeout = '20s';
SET LOCAL statement_timeout = 0;
DO $empty$
DECLARE
    me oid := (SELECT oid FROM pg_roles WHERE rolname = current_user);
    item record;
    has_rows boolean;
BEGIN
    FOR item IN
        SELECT format('%I.%I', schema, name) AS path, name FROM (${userTables}) AS tables LOOP
        EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', item.path);
        EXECUTE format('SELECT EXISTS (SELECT FROM %s)', item.path) INTO has_rows;
        IF has_rows AND NOT ${mayHaveRows} AND item.name <> '${migrationsTable}' THEN
            RAISE EXCEPTION 'table % has rows', item.path USING ERRCODE = '${notEmptyState}';
        END IF;
    END LOOP;
    -- What falls with another is not there any more, which IF EXISTS lets pass.
    FOR item IN
        SELECT 1 AS place, format('EXTENSION IF EXISTS %I', extname) AS what
          FROM pg_extension WHERE extowner = me
        UNION ALL
        SELECT 2, format('SCHEMA IF EXISTS %I', nspname) FROM pg_namespace WHERE nspowner = me
        UNION ALL
        SELECT CASE relkind WHEN 'S' THEN 6 ELSE 3 END,
               format('%s IF EXISTS %s', CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW'
                                                      WHEN 'f' THEN 'FOREIGN TABLE' WHEN 'S' THEN 'SEQUENCE'
                                                      ELSE 'TABLE' END, oid::regclass)
          FROM pg_class WHERE relowner = me AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
                          AND relpersistence <> 't'
        UNION ALL
        SELECT 4, format('ROUTINE IF EXISTS %s', oid::regprocedure) FROM pg_proc WHERE proowner = me
        UNION ALL
        SELECT 5, format('TYPE IF EXISTS %s', format_type(oid, NULL)) FROM pg_type
         WHERE typowner = me AND typtype IN ('e', 'd', 'r')
         ORDER BY place LOOP
        EXECUTE format('DROP %s CASCADE', item.what);
    END LOOP;
END
$empty$;
`;
}

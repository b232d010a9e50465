import pg from 'pg';
import { ConnectionError, DatabaseError } from 'sequelize';
import { type Problem, unavailable } from '../http/problem.ts';

/**
 * SQLSTATE classes and codes that say that the server can't serve now, though the statement is right:
 * 08 connection, 53 resources, 57P operator intervention, 25006 read-only (a standby, during a failover),
 * 28P01 and 28000 credentials and 3D000 and 42P01 a database or table that are being set up.
 * Source: https://www.postgresql.org/docs/17/errcodes-appendix.html
 */
const unavailableStates = /^(08|53|57P|25006|28P01|28000|3D000|42P01)/;

/** SQLSTATE classes that blame the data: 22 for a value, 23 for a constraint. */
const dataStates = /^(22|23)/;

/** @returns whether an error of Sequelize means that the database can't be used now, so that a later try may succeed */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (error instanceof ConnectionError || isFailedSetUp(error)) return true;
  if (!(error instanceof DatabaseError)) return false;
  const state = sqlState(error);
  // Without a state the server said nothing: the connection broke during the query.
  return state === undefined || unavailableStates.test(state);
}

/**
 * Sequelize asks the server for some settings before it hands a new connection out, and passes on as they are the
 * driver's errors that it meets there: of a session that ends, or a connection that breaks, meanwhile.
 */
function isFailedSetUp(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return unavailableStates.test(error.code ?? '');
  return error instanceof Error && /^(Connection terminated|Client has encountered)/.test(error.message);
}

/** SQLSTATE codes of a session that the server ended: 08 connection, 57P01 to 57P03 shutdown, crash, start. */
const sessionEndStates = /^(08|57P0[123])/;

/** @returns whether an error of Sequelize means that a connection that was open broke during the query */
export function isConnectionLost(error: unknown): boolean {
  if (!(error instanceof DatabaseError)) return false;
  const state = sqlState(error);
  return state === undefined || sessionEndStates.test(state);
}

/** @returns whether an error of Sequelize means that the data itself was refused, so that no later try can succeed */
export function isDataRefused(error: unknown): boolean {
  const state = error instanceof Error ? sqlState(error) : undefined;
  return state !== undefined && dataStates.test(state);
}

/** @returns 503 where the database can't be used now; undefined for other errors */
export function databaseProblem(error: unknown): Problem | undefined {
  return isDatabaseUnavailable(error) ? unavailable('The database is not available now.', error) : undefined;
}

function sqlState(error: Error): string | undefined {
  const code = (error as { original?: { code?: unknown } }).original?.code;
  // Node's own codes, such as EPIPE, have no digit; every SQLSTATE has one.
  return typeof code === 'string' && /^(?=.*\d)[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

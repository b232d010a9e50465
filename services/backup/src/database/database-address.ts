import pg from 'pg';

/** A database and the role that owns it. */
export interface DatabaseAddress {
  host: string;
  port: number;
  name: string;
  username: string;
  password: string;
}

const connectTimeoutMs = 10_000;

/** Connects as the role that owns the database. */
export async function connectDatabase(address: DatabaseAddress): Promise<pg.Client> {
  const { name: database, username: user, ...rest } = address;
  const client = new pg.Client({
    ...rest,
    database,
    user,
    application_name: 'backup',
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
  });
  // A connection that breaks between two queries is told by the next one.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** Runs some work on a connection of its own. */
export async function withDatabase<T>(
  address: DatabaseAddress,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = await connectDatabase(address);
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

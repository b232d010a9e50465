import { once } from 'node:events';
import { createServer } from 'node:net';
import { freePort } from '../backends/free-port.ts';

/** A port that was chosen, and the one that was wanted instead if somebody else has it. */
export interface ChosenPort {
  port: number;
  taken?: number;
}

/** @returns the preferred port if nobody listens on it, else any free one */
export async function choosePort(preferred: number): Promise<ChosenPort> {
  if (await isFree(preferred)) return { port: preferred };
  return { port: await freePort(), taken: preferred };
}

/** Tries it on all addresses, as the services do: it then collides with a listener on any of them. */
async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port);
  try {
    await once(server, 'listening');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE' || code === 'EACCES') return false;
    throw error;
  }
  server.close();
  await once(server, 'close');
  return true;
}

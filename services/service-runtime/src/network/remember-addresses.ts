import { lookup as askSystem } from 'node:dns';
import { type LookupFunction, Socket } from 'node:net';

type Answer = [address: Parameters<Parameters<LookupFunction>[2]>[1], family?: number | undefined];

/**
 * Makes a lookup of names that remembers each answer and gives it at once the next time, while it asks anew for the
 * time after. For names whose addresses hardly ever change, as those of Services: connections are made while the name
 * server is away, and none waits for it.
 * @param resolve asks the name server
 */
export function createRememberingLookup(resolve: LookupFunction = askSystem): LookupFunction {
  const answers = new Map<string, Answer>();
  const asking = new Set<string>();
  return (hostname, options, callback) => {
    const key = JSON.stringify([hostname, options.family, options.all]);
    const remembered = answers.get(key);
    if (remembered !== undefined) process.nextTick(() => callback(null, ...remembered));
    if (remembered !== undefined && asking.has(key)) return;
    asking.add(key);
    resolve(hostname, options, (error, ...answer) => {
      asking.delete(key);
      if (!error) answers.set(key, answer);
      if (remembered === undefined) callback(error, ...answer);
    });
  };
}

/** The one of this process. */
export const lookupWithMemory: LookupFunction = createRememberingLookup();

/** @returns a socket that looks names up with memory, for those who can't be told how */
export function createRememberingSocket(): Socket {
  const socket = new Socket();
  const connect = socket.connect.bind(socket);
  socket.connect = ((port: number, host: string) =>
    connect({ port, host, lookup: lookupWithMemory })) as Socket['connect'];
  return socket;
}

import type { ChildProcess } from 'node:child_process';

/** @returns whether a child that was spawned has not ended yet */
export function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

/** Sends a signal to a child that leads a process group, and to all that is in it. */
export function signalGroup(leader: ChildProcess, signal: NodeJS.Signals): void {
  if (leader.pid !== undefined && isRunning(leader)) process.kill(-leader.pid, signal);
}

/** Lets a child that leads a process group end with this process, in whatever way this one ends by itself. */
export function tieToThisProcess(leader: ChildProcess): void {
  const end = () => signalGroup(leader, 'SIGKILL');
  process.once('exit', end);
  leader.once('exit', () => process.off('exit', end));
}

import { appendFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A container, by what the kubelet names the folder of its logs after. */
export interface LoggedContainer {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

/** The file that containerd writes a container's lines to, as the kubelet names it. */
export function logFileOf(pods: string, { namespace, pod, container }: LoggedContainer): string {
  return join(pods, `${namespace}_${pod}_b5f0a0cd-0a1c-4c3c-9d1a-6f2f3c1e5a77`, container, '0.log');
}

/**
 * Adds lines to a container's log as containerd writes them: when, by which stream, whether whole (F) or to be
 * continued (P) (https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md).
 */
export async function writeLog(
  pods: string,
  container: LoggedContainer,
  lines: readonly { readonly text: string; readonly atMs?: number; readonly isPart?: boolean }[],
): Promise<void> {
  const file = logFileOf(pods, container);
  await mkdir(dirname(file), { recursive: true });
  const formatted = lines.map(({ text, atMs = Date.now(), isPart = false }) => {
    return `${new Date(atMs).toISOString()} stdout ${isPart ? 'P' : 'F'} ${text}\n`;
  });
  await appendFile(file, formatted.join(''));
}

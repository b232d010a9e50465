import { hash } from 'node:crypto';
import { type ClusterObjects, componentOf } from '../cluster/cluster-objects.ts';
import type { PodObject } from '../cluster/objects.ts';
import type { LogLine } from '../view/view.ts';
import type { KeptLogs } from './kept-logs.ts';
import { type LogFilter, matches } from './log-filter.ts';
import type { LogSource, RawLine } from './log-source.ts';
import { parseLine } from './parse-line.ts';

/** How many lines of each container are looked through. */
const tailLines = 500;
/** The same for one request, which may be a while ago. */
const tailLinesOfRequest = 5000;

/** The lines that one reader follows. */
export interface LogFollower {
  /** To be called when pods have come or gone. */
  update(): void;
  stop(): void;
}

/** Where lines come from. */
export interface LogSources {
  readonly source: LogSource;
  /** Of pods that are gone, too; undefined where nothing keeps them. */
  readonly kept?: KeptLogs | undefined;
  readonly objects: ClusterObjects;
  /** Called when what is kept can't be read; the others are followed all the same. */
  readonly onMissing: (error: unknown) => void;
}

/**
 * Reads what is kept, and follows the containers of all components that a filter names, also of pods that come later.
 * @param tellLine called with each line that the filter lets through, in any order
 */
export function followLogs(
  { source, kept, objects, onMissing }: LogSources,
  filter: LogFilter,
  tellLine: (line: LogLine) => void,
): LogFollower {
  const abort = new AbortController();
  const onLine = kept ? skipRepeated(tellLine) : tellLine;
  void kept?.read(filter, abort.signal).then(
    (lines) => {
      if (!abort.signal.aborted) for (const line of lines) onLine(line);
    },
    (error: unknown) => {
      if (!abort.signal.aborted) onMissing(error);
    },
  );
  const followed = new Set<string>();
  const follow = (pod: PodObject, container: string) => {
    const { namespace = '', name, uid } = pod.metadata;
    const key = `${uid} ${container}`;
    if (followed.has(key)) return;
    followed.add(key);
    const origin = { component: componentOf(pod.metadata), pod: name, container };
    const count = filter.requestId ? tailLinesOfRequest : tailLines;
    const tell = (raw: RawLine) => {
      const line = parseLine(raw, origin);
      if (matches(line, filter)) onLine(line);
    };
    const isRunning = () => {
      const now = objects.find('Pod', namespace, name);
      // Another pod may have got its name.
      return now !== undefined && now.metadata.uid === uid && listRunning(now).includes(container);
    };
    void source
      .follow({ namespace, pod: name, container }, count, abort.signal, tell, isRunning)
      // A container that ended may begin again.
      .finally(() => followed.delete(key));
  };
  const update = () => {
    if (abort.signal.aborted) return;
    for (const pod of objects.list('Pod')) {
      if (filter.components && !filter.components.includes(componentOf(pod.metadata))) continue;
      for (const container of listRunning(pod)) follow(pod, container);
    }
  };
  update();
  return { update, stop: () => abort.abort() };
}

/** What is kept is partly what containers still have. From now on, lines come from one place only. */
function skipRepeated(onLine: (line: LogLine) => void): (line: LogLine) => void {
  const startedAtMs = Date.now();
  const seen = new Set<string>();
  return (line) => {
    // Lines may be long, and there are many.
    const key = hash('sha1', `${line.atMs} ${line.pod} ${line.container} ${line.text}`);
    if (seen.has(key)) return;
    if (line.atMs < startedAtMs) seen.add(key);
    onLine(line);
  };
}

function listRunning({ status }: PodObject): string[] {
  const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  return containers.filter(({ state }) => state?.running).map(({ name }) => name);
}

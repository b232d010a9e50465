import { componentOf } from '../cluster/cluster-objects.ts';
import type { PodObject } from '../cluster/objects.ts';
import { isReady } from '../journeys/rollout.ts';
import type { RequestFigures, ServiceView, Tone } from './view.ts';

/** The services that answer requests, by the pods that count them. */
export function describeServices(
  pods: readonly PodObject[],
  figures: ReadonlyMap<string, RequestFigures>,
): ServiceView[] {
  const names = new Set([
    ...figures.keys(),
    ...pods.filter(isOfService).map(({ metadata }) => componentOf(metadata)),
  ]);
  return [...names].sort().map((name) => {
    const own = pods.filter(({ metadata }) => componentOf(metadata) === name);
    const readyPods = own.filter(isReady).length;
    const known = figures.get(name);
    return {
      name,
      tone: toneOf(readyPods, known),
      readyPods,
      pods: own.length,
      ...(known ? { figures: known } : {}),
    };
  });
}

/** Ours have two ports of these names; the broker, the databases and what runs on every node have others. */
export function isOfService({ spec }: PodObject): boolean {
  const ports = (spec?.containers ?? []).flatMap((container) => container.ports ?? []);
  return ['http', 'metrics'].every((name) => ports.some((port) => port.name === name));
}

function toneOf(readyPods: number, figures: RequestFigures | undefined): Tone {
  if (readyPods === 0) return 'bad';
  return (figures?.errorsPerSecond ?? 0) > 0 ? 'bad' : 'good';
}

import type { ClusterObjects } from '../cluster/cluster-objects.ts';
import type { PodObject } from '../cluster/objects.ts';

/** What the kubelet said of a pod's images that it has, one for each. */
export function listPullMessages(objects: ClusterObjects, { metadata }: PodObject): string[] {
  const messages = objects
    .list('Event')
    .filter(({ involvedObject, reason }) => reason === 'Pulled' && involvedObject.uid === metadata.uid)
    .map(({ message }) => shorten(message ?? ''));
  return [...new Set(messages)];
}

/**
 * Such as `Successfully pulled image "docker.io/orchestrator/api-gateway:277ed6" in 1.2s (1.2s including waiting)`, or
 * `Container image "…" already present on machine`.
 */
function shorten(message: string): string {
  const [, image = ''] = /"([^"]+)"/.exec(message) ?? [];
  const name = image.split('/').at(-1) ?? image;
  const [, seconds] = / in ([\d.]+m?s)/.exec(message) ?? [];
  return seconds === undefined ? `${name} was on the node` : `${name} pulled in ${seconds}`;
}

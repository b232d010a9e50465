import type { Context } from '../settings/context.ts';

/** Where Kubernetes, controllers and images come from: official downloads, or package registries. */
export type Source = 'release' | 'packages';

/** A host that serves releases; where it answers, downloads work. */
const PROBED_URL = 'https://github.com/k3s-io/k3s/releases';
const PROBE_TIMEOUT_MS = 4000;

/** The source in the cluster's settings, or, for `auto`, `release` where its downloads can be reached. */
export async function chooseSource(context: Context): Promise<Source> {
  const { source } = context.cluster.settings.kubernetes;
  if (source !== 'auto') return source;
  const isReachable = await fetch(PROBED_URL, {
    method: 'HEAD',
    signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
  })
    .then((response) => response.ok)
    .catch(() => false);
  context.log.info(`${PROBED_URL} ${isReachable ? 'answers' : 'does not answer'}`);
  return isReachable ? 'release' : 'packages';
}

import { HttpMethod, KubeConfig, RequestContext } from '@kubernetes/client-node';
import { fetch, type Response } from 'undici';

/** What the API server answered instead of what was asked for. */
export class KubernetesError extends Error {
  override readonly name = 'KubernetesError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Asks an API server, as whom the configuration says. */
export interface KubernetesApi {
  readonly config: KubeConfig;
  /**
   * @param path with its query
   * @throws KubernetesError where the answer is not 200
   */
  get(path: string, signal: AbortSignal): Promise<Response>;
}

/** @param kubeconfig a file; without one, this is taken to run in a pod */
export function connectKubernetesApi(kubeconfig?: string): KubernetesApi {
  const config = new KubeConfig();
  if (kubeconfig === undefined) config.loadFromCluster();
  else config.loadFromFile(kubeconfig);
  return {
    config,
    async get(path, signal) {
      const url = `${config.getCurrentCluster()?.server}${path}`;
      const context = new RequestContext(url, HttpMethod.GET);
      await config.applySecurityAuthentication(context);
      const dispatcher = context.getDispatcher();
      const response = await fetch(url, {
        headers: context.getHeaders(),
        signal,
        ...(dispatcher === undefined ? {} : { dispatcher }),
      });
      if (response.status === 200) return response;
      throw new KubernetesError(response.status, describeStatus(await response.text(), response.status));
    },
  };
}

function describeStatus(body: string, status: number): string {
  try {
    const { message } = JSON.parse(body) as { message?: unknown };
    if (typeof message === 'string') return message;
  } catch {
    // A proxy's, or none.
  }
  return `the API server answered ${status}`;
}

import { EnvHttpProxyAgent, fetch, type RequestInit, type Response } from 'undici';
import type { ProxySettings } from '../settings/environment.ts';

/** Sends a request, and resolves when the answer begins. */
export type HttpClient = (url: string, init?: RequestInit) => Promise<Response>;

/**
 * An HTTP client that goes through the proxy that the environment names, and past it to hosts of NO_PROXY. It trusts
 * Node's certificate authorities, those of NODE_EXTRA_CA_CERTS among them.
 */
export function createHttpClient({ http, https, except }: ProxySettings): HttpClient {
  // An empty text is no proxy; without one, the agent would look into the environment itself.
  const proxies = { httpProxy: http ?? '', httpsProxy: https ?? '', noProxy: except ?? '' };
  const dispatcher = new EnvHttpProxyAgent(proxies);
  return async (url, init) => await fetch(url, { ...init, dispatcher });
}

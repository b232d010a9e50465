import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { stringify } from 'yaml';
import { connectKubernetes, type KubernetesClient } from '../lib/kubernetes.ts';
import { askControlPlane } from './control-plane-step.ts';

/** A client of an API server that does with requests as it is told. */
async function serve(answer: RequestListener): Promise<KubernetesClient> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return connectKubernetes(
    stringify({
      clusters: [{ name: 'test', cluster: { server: url, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'test', user: {} }],
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
      'current-context': 'test',
    }),
  );
}

const json = { 'content-type': 'application/json' };
/** What a client asks first: which kinds there are (https://kubernetes.io/docs/concepts/overview/kubernetes-api/). */
const kinds = { kind: 'APIResourceList', resources: [{ name: 'nodes', kind: 'Node', namespaced: false }] };
const nodes = { apiVersion: 'v1', kind: 'NodeList', items: [] };

test('a control plane that answers is content', async () => {
  const client = await serve(({ url = '' }, response) => {
    response.writeHead(200, json).end(JSON.stringify(url.includes('nodes') ? nodes : kinds));
  });
  await expect(askControlPlane(client)).resolves.toBeUndefined();
});

test('one that refuses, and one that is silent, have not answered', async () => {
  const refusing = await serve((_, response) => void response.writeHead(503, json).end('{}'));
  await expect(askControlPlane(refusing)).rejects.toThrow('503');
  const silent = await serve(() => {});
  await expect(askControlPlane(silent, 100)).rejects.toThrow('no answer within 0.1 s');
});

import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { ApiServer, BUILD_TIMEOUT_MS } from '../../tests/support/api-server.ts';
import { describeError } from '../lib/errors.ts';
import { connectKubernetes } from '../lib/kubernetes.ts';
import { askControlPlane } from './control-plane-step.ts';

test('a control plane that answers is content; one that refuses, or that is gone, has not answered', {
  timeout: BUILD_TIMEOUT_MS,
}, async () => {
  await using server = await ApiServer.start();
  const client = connectKubernetes(server.kubeconfig);
  await expect(askControlPlane(client)).resolves.toBeUndefined();
  const stranger = connectKubernetes(server.kubeconfigOf('nobody'));
  await expect(askControlPlane(stranger)).rejects.toThrow('401');
  await server.kill();
  await expect(askControlPlane(client).catch(describeError)).resolves.toContain('ECONNREFUSED');
});

test('one that takes a connection and is silent has not answered, either', async () => {
  const silent = createServer((socket) => onTestFinished(() => void socket.destroy()));
  await once(silent.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void silent.close());
  const { port } = silent.address() as AddressInfo;
  const kubeconfig = `{
    clusters: [{ name: it, cluster: { server: 'https://127.0.0.1:${port}' } }],
    users: [{ name: me, user: {} }],
    contexts: [{ name: it, context: { cluster: it, user: me } }],
    current-context: it,
  }`;
  const client = connectKubernetes(kubeconfig);
  await expect(askControlPlane(client, 100)).rejects.toThrow('no answer within 0.1 s');
});

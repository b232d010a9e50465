import { expect, test } from 'vitest';
import { ApiServer, BUILD_TIMEOUT_MS } from '../../tests/support/api-server.ts';
import { connectKubernetes } from '../lib/kubernetes.ts';
import { DeadlineError } from '../lib/watch-until.ts';
import { addressesStep } from './addresses-step.ts';

const silent = () => {};

test('addresses are waited for; without any, only a cluster that others made is content', {
  timeout: BUILD_TIMEOUT_MS,
}, async () => {
  await using server = await ApiServer.start();
  const client = connectKubernetes(server.kubeconfig);
  const kubernetes = async () => client;
  const others = addressesStep({ provider: 'kubeconfig' }, kubernetes, 2000);
  await server.kubectl('create', 'namespace', 'movies');
  const inMovies = (...args: string[]) => server.kubectl('--namespace=movies', ...args);
  await inMovies('create', 'service', 'clusterip', 'inside', '--tcp=80');
  expect(await others.run(silent)).toBeUndefined();

  await inMovies('create', 'service', 'loadbalancer', 'api-gateway', '--tcp=3000');
  expect(await others.run(silent)).toContain('nothing gives load balancers');
  const impatient = async () => ({
    ...client,
    waitUntil: (state: Parameters<typeof client.waitUntil>[0]) =>
      client.waitUntil({ ...state, timeoutMs: 1000 }),
  });
  await expect(addressesStep({ provider: 'eks' }, impatient).run(silent)).rejects.toThrow(DeadlineError);

  const waiting = addressesStep({ provider: 'eks' }, kubernetes).run(silent);
  const status = JSON.stringify({ status: { loadBalancer: { ingress: [{ hostname: 'lb.example' }] } } });
  await inMovies('patch', 'service', 'api-gateway', '--subresource=status', `--patch=${status}`);
  expect(await waiting).toBeUndefined();
});

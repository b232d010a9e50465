import { expect, test } from 'vitest';
import { ApiServer, BUILD_TIMEOUT_MS } from '../../tests/support/api-server.ts';
import { pullableStep } from '../existing/pullable-step.ts';
import { UserError } from '../lib/errors.ts';
import { connectKubernetes } from '../lib/kubernetes.ts';
import { formatManifest } from '../lib/manifests.ts';
import { readyNodesStep } from './node-group.ts';
import { createGate } from './reachable.ts';

const silent = () => {};
const BY_TAG = 'what it made is looked for by its tag';
const NODE = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'one' } };

test('steps work in a cluster only as long as a node of it is Ready', {
  timeout: BUILD_TIMEOUT_MS,
}, async () => {
  await using server = await ApiServer.start();
  const client = connectKubernetes(server.kubeconfig);
  const kubernetes = async () => client;
  const work = { title: 'Work', run: async () => 'done' };
  const stopped = createGate(true);
  expect(await stopped.probe(kubernetes)).toBe(`it has no node that is Ready: ${BY_TAG}`);
  expect(await stopped.pass(work).run(silent)).toBe('not reached');
  const pullable = pullableStep({ cluster: { name: 'eks' } } as never, kubernetes, async () => []);
  await expect(pullable.run(silent)).rejects.toThrow('the cluster eks has no nodes');

  await server.kubectlWithInput(formatManifest([NODE]), 'create', '--filename=-');
  const status = JSON.stringify({ status: { conditions: [{ type: 'Ready', status: 'True' }] } });
  await server.kubectl('patch', 'node', 'one', '--subresource=status', `--patch=${status}`);
  await readyNodesStep(kubernetes, 1).run(silent);
  const open = createGate(true);
  expect(await open.probe(kubernetes)).toBeUndefined();
  expect(await open.pass(work).run(silent)).toBe('done');

  await server.kill();
  const away = createGate(true);
  expect(await away.probe(kubernetes)).toBe(`it does not answer: ${BY_TAG}`);
  expect(await createGate(false).probe(kubernetes)).toBe('it was never reached from here');
});

test('a step that a cluster keeps from its end is the last in it; what is a defect is thrown', async () => {
  const gate = createGate(true);
  const stuck = { title: 'Stuck', run: () => Promise.reject(new UserError('Waited in vain.', 'See why.')) };
  expect(await gate.pass(stuck).run(silent)).toBe(`given up, ${BY_TAG}: Waited in vain.`);
  expect(await gate.pass({ title: 'Next', run: async () => 'done' }).run(silent)).toBe('not reached');
  const broken = { title: 'Broken', run: () => Promise.reject(new TypeError('a defect')) };
  await expect(createGate(true).pass(broken).run(silent)).rejects.toThrow('a defect');
});

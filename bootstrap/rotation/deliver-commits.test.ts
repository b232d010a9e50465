import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentContext } from '../../tests/support/silent-context.ts';
import { SmallClone } from '../../tests/support/small-clone.ts';
import type { Context } from '../settings/context.ts';
import { createDelivery, type Delivery } from './deliver-commits.ts';
import { requireCommittedSecrets } from './sealed-files.ts';

const SECRET = 'clusters/local/secrets/movies.mail.yaml';
let clone: SmallClone;
let server: SmallClone;
let context: Context;
let delivery: Delivery;

beforeEach(async () => {
  clone = await SmallClone.create();
  server = await SmallClone.create();
  await server.git('init', '--quiet', '--bare', 'cluster.git');
  await clone.git('remote', 'add', 'cluster', join(server.folder, 'cluster.git'));
  await clone.commit('clusters/local/cluster.yaml', 'settings');
  await clone.git('push', '--quiet', 'cluster', 'HEAD:main');
  context = await silentContext(clone.folder, clone.folder);
  const kubeseal = () => Promise.reject(new Error('nothing is sealed here'));
  const kubernetes = () => Promise.reject(new Error('nothing asks the cluster here'));
  delivery = createDelivery(context, { kubernetes, kubeseal, isWatched: false });
});
afterEach(async () => {
  await clone.remove();
  await server.remove();
});

test('what is deployed, and sealed secrets beside it, may be pushed', async () => {
  await delivery.requireNothingElse();
  await clone.commit(SECRET, 'sealed');
  await delivery.requireNothingElse();
});

test('other commits would be deployed along the way, and are refused', async () => {
  await clone.commit(SECRET, 'sealed');
  await clone.commit('apps/api-gateway/deployment.yaml', 'not ready yet');
  await expect(delivery.requireNothingElse()).rejects.toThrow('apps/api-gateway/deployment.yaml');
});

test('commits of others are to be fetched first', async () => {
  await clone.commit('README.md', 'theirs');
  await clone.git('push', '--quiet', 'cluster', 'HEAD:main');
  await clone.git('reset', '--quiet', '--hard', 'HEAD~1');
  await expect(delivery.requireNothingElse()).rejects.toThrow('has commits that this clone lacks');
});

test('a server that does not answer is told before anything is changed', async () => {
  await clone.git('remote', 'set-url', 'cluster', join(server.folder, 'elsewhere.git'));
  await expect(delivery.requireNothingElse()).rejects.toThrow('does not answer');
});

test('sealed secrets that are not committed would be committed along the way, and are refused', async () => {
  await requireCommittedSecrets(context);
  await clone.commit(SECRET, 'sealed');
  await requireCommittedSecrets(context);
  await clone.git('rm', '--quiet', SECRET);
  await expect(requireCommittedSecrets(context)).rejects.toThrow(SECRET);
});

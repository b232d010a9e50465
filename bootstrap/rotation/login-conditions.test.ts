import { expect, test } from 'vitest';
import type { PodCommand } from '../lib/pod-exec.ts';
import { waitUntilMounted } from './login-conditions.ts';
import type { PodAccess } from './login-servers.ts';
import type { CommittedSecret } from './password-files.ts';
import { ROTATED_SECRETS } from './rotated-secrets.ts';

/** Each Secret as git has it after a commit that is not the rotation's: some are a phase behind. */
const secrets: CommittedSecret[] = ROTATED_SECRETS.map((secret, index) => ({
  secret,
  sealed: { apiVersion: 'bitnami.com/v1alpha1', kind: 'SealedSecret' },
  values: { revision: index < 3 ? 'a-switched' : 'a-announced' },
}));

/** A pod for each server, in which the Secrets are mounted as `revisionOf` says. */
function mountedAs(revisionOf: (one: CommittedSecret) => string): PodAccess {
  const components = [...new Set(ROTATED_SECRETS.map(({ server }) => server.component))];
  const pods = components.map((name) => ({
    metadata: { name, labels: { 'app.kubernetes.io/name': name } },
  }));
  const exec = ({ pod, command, output }: PodCommand) => {
    const found = secrets.find(
      ({ secret }) => secret.server.component === pod && command.includes(`${secret.mount}/revision`),
    );
    output.end(found ? `${revisionOf(found)}\n` : '');
    return Promise.resolve(0);
  };
  const list = () => Promise.resolve(pods);
  const kubernetes = { exec, list, merge: () => Promise.resolve() };
  return { kubernetes: kubernetes as unknown as PodAccess['kubernetes'], signal: AbortSignal.timeout(2000) };
}

test('each Secret is waited for in its own phase', async () => {
  const access = mountedAs(({ values }) => values.revision ?? '');
  await waitUntilMounted(access, secrets, () => {});
});

test('a pod that sees an earlier one is waited for', async () => {
  const reported: string[] = [];
  const access = mountedAs(() => 'a-announced');
  await expect(waitUntilMounted(access, secrets, (text) => reported.push(text))).rejects.toThrow();
  expect(reported).toEqual(['inventory-database does not see inventory-database-credentials yet']);
});

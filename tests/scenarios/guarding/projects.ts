import { afterAll, describe, expect, test } from 'vitest';
import { formatManifest } from '../../../bootstrap/lib/manifests.ts';
import { type ClusterUnderTest, requireSuccess } from '../../support/cluster-under-test.ts';
import { eventually } from '../../support/eventually.ts';
import { runCommand } from '../../support/run-command.ts';

const OWN = 'https://git-server.git.svc.cluster.local:8443/git/cluster.git';
const FOREIGN = 'https://github.com/argoproj/argocd-example-apps.git';

interface Trial {
  readonly name: string;
  readonly project: string;
  readonly repoURL: string;
  readonly namespace: string;
  readonly refusal: RegExp;
}

const TRIALS: readonly Trial[] = [
  {
    name: 'foreign-repository',
    project: 'components',
    repoURL: FOREIGN,
    namespace: 'movies',
    refusal: /repo .*argocd-example-apps.* is not permitted in project 'components'/,
  },
  {
    name: 'foreign-namespace',
    project: 'components',
    repoURL: OWN,
    namespace: 'kube-system',
    refusal: /namespace 'kube-system' do not match any of the allowed destinations in project 'components'/,
  },
  {
    name: 'no-project',
    project: 'default',
    repoURL: OWN,
    namespace: 'movies',
    refusal: /is not permitted in project 'default'/,
  },
];

/** What Argo CD does not deploy, whoever asks for it. */
export function describeProjects(cluster: ClusterUnderTest): void {
  const apply = async ({ name, project, repoURL, namespace }: Trial) => {
    const application = {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: { name, namespace: 'argocd' },
      spec: {
        project,
        source: { repoURL, targetRevision: 'HEAD', path: 'apps/api-gateway' },
        destination: { server: 'https://kubernetes.default.svc', namespace },
        syncPolicy: { automated: {} },
      },
    };
    const input = formatManifest([application]);
    await requireSuccess(runCommand('kubectl', ['apply', '-f', '-'], { env: cluster.env, input }));
  };

  describe('deploys by its projects, which refuse', () => {
    afterAll(async () => {
      const names = TRIALS.map(({ name }) => name);
      await cluster.kubectl('-n', 'argocd', 'delete', 'applications', ...names, '--ignore-not-found');
    });

    test.each(TRIALS)('$name', async (trial) => {
      await apply(trial);
      const path = 'jsonpath={.status.conditions[*].message}';
      const { value } = await eventually({ description: 'a refusal', timeoutMs: 60_000 }, async () => {
        const said = await cluster.kubectl('-n', 'argocd', 'get', 'application', trial.name, '-o', path);
        return trial.refusal.test(said) ? said : undefined;
      });
      expect(value).toMatch(trial.refusal);
      const resources = 'jsonpath={.status.resources}{.status.operationState.phase}';
      expect(await cluster.kubectl('-n', 'argocd', 'get', 'application', trial.name, '-o', resources)).toBe(
        '',
      );
    });
  });
}

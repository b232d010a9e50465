import { join } from 'node:path';
import { DescribeClusterCommand } from '@aws-sdk/client-eks';
import { stringify } from 'yaml';
import type { Context } from '../settings/context.ts';
import type { AwsClients } from './aws-clients.ts';
import { eksName } from './names.ts';

/**
 * The kubeconfig of a cluster in EKS. Its user is whoever AWS knows: kubectl asks this program for a token each time, so
 * nothing in it is secret.
 *
 * @throws ResourceNotFoundException where there is no such cluster
 */
export async function describeKubeconfig(
  { eks }: Pick<AwsClients, 'eks'>,
  { cluster, repository, environment }: Pick<Context, 'cluster' | 'repository' | 'environment'>,
): Promise<string> {
  const name = eksName(cluster.name);
  const { cluster: found } = await eks.send(new DescribeClusterCommand({ name }));
  const profile = environment.awsProfile;
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: join(repository, 'orchestrator.sh'),
    args: ['eks-token', '--cluster', cluster.name],
    ...(profile ? { env: [{ name: 'AWS_PROFILE', value: profile }] } : {}),
    interactiveMode: 'Never',
    provideClusterInfo: false,
  };
  const access = { server: found?.endpoint, 'certificate-authority-data': found?.certificateAuthority?.data };
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name, cluster: access }],
    users: [{ name, user: { exec } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  });
}

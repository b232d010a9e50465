import { hash } from 'bcryptjs';
import { hashText } from '../artifacts/content-hash.ts';
import type { ClusterSettings } from '../settings/cluster-settings.ts';
import type { Context } from '../settings/context.ts';
import { gitRepositoryUrl, hasOwnGitServer } from '../settings/git-source.ts';
import {
  ADDONS_NAMESPACE,
  ARGO_CD_NAMESPACE,
  COMPONENTS_NAMESPACE,
  GIT_NAMESPACE,
} from '../settings/namespaces.ts';
import { generatePassword } from './generated-password.ts';
import type { GitAccess } from './git-access.ts';
import type { PlainSecret } from './seal.ts';

/** The Secret of Argo CD that holds what its webhook's callers sign with. */
export const WEBHOOK_SECRET = { namespace: ARGO_CD_NAMESPACE, name: 'git-webhook', key: 'secret' } as const;

/** The Secret that holds, under `key`, what callers of query-api show. */
const QUERY_API_KEY_SECRET = { namespace: COMPONENTS_NAMESPACE, name: 'query-api-key' } as const;

/** The Secret that holds, under `key`, what opens the dashboard. */
export const DASHBOARD_SECRET = {
  namespace: COMPONENTS_NAMESPACE,
  name: 'dashboard-credentials',
  key: 'token',
} as const;

/** The Secret that holds, under `key`, the password of Grafana's administrator. */
export const GRAFANA_SECRET = {
  namespace: ADDONS_NAMESPACE,
  name: 'grafana-credentials',
  key: 'password',
} as const;

/** The Secret that holds, under `secret`, what those who tell the dashboard of pushes sign with. */
const DASHBOARD_PUSH_SECRET = { namespace: COMPONENTS_NAMESPACE, name: 'dashboard-push' } as const;

/** The passwords are random, so a fast hash is as good as a slow one, and every request costs one. */
const BCRYPT_ROUNDS = 4;

/** A Secret that nobody has to think of: how its values are made when it is first needed. */
export interface GeneratedSecret {
  readonly namespace: string;
  readonly name: string;
  /** What the values depend on besides chance; when that changes, they are made anew. */
  readonly basis: string;
  readonly generate: () => Promise<PlainSecret>;
}

/** The Secrets of the components. */
export function componentSecrets(): GeneratedSecret[] {
  const credentials = (name: string, username: string, more: () => Record<string, string> = () => ({})) => ({
    namespace: COMPONENTS_NAMESPACE,
    name,
    basis: username,
    generate: async () => ({
      namespace: COMPONENTS_NAMESPACE,
      name,
      values: { username, password: generatePassword(), ...more() },
    }),
  });
  return [
    credentials('inventory-database-credentials', 'inventory'),
    credentials('inventory-database-reader-credentials', 'reader'),
    credentials('billing-database-credentials', 'billing'),
    credentials('billing-database-reader-credentials', 'reader'),
    credentials('inventory-database-member-credentials', 'replicator'),
    credentials('billing-database-member-credentials', 'replicator'),
    credentials('rabbitmq-credentials', 'orders', () => ({ 'erlang-cookie': generatePassword() })),
    {
      ...QUERY_API_KEY_SECRET,
      basis: 'key',
      generate: async () => ({ ...QUERY_API_KEY_SECRET, values: { key: generatePassword() } }),
    },
    {
      namespace: DASHBOARD_SECRET.namespace,
      name: DASHBOARD_SECRET.name,
      basis: 'token',
      generate: async () => ({
        namespace: DASHBOARD_SECRET.namespace,
        name: DASHBOARD_SECRET.name,
        values: { [DASHBOARD_SECRET.key]: generatePassword() },
      }),
    },
  ];
}

/** The Secrets that only a cluster with a git server of its own has. */
const OWN_SERVER_SECRETS = {
  server: { namespace: GIT_NAMESPACE, name: 'git-server-credentials' },
  repository: { namespace: ARGO_CD_NAMESPACE, name: 'cluster-repository' },
} as const;

/** Argo CD's settings may only refer to Secrets that carry this label. */
const WEBHOOK = {
  namespace: ARGO_CD_NAMESPACE,
  name: WEBHOOK_SECRET.name,
  labels: { 'app.kubernetes.io/part-of': 'argocd' },
} as const;

/** The Secrets about git, in a cluster that follows a repository elsewhere. */
export function sourceSecrets(): GeneratedSecret[] {
  const values = () => ({ [WEBHOOK_SECRET.key]: generatePassword() });
  // Whatever the URL: a webhook that a person has set up goes on working.
  return [WEBHOOK, DASHBOARD_PUSH_SECRET].map((secret) => ({
    ...secret,
    basis: 'webhook',
    generate: async () => ({ ...secret, values: values() }),
  }));
}

/** The names of the Secrets that a cluster with these settings has no use for. */
export function uselessSecrets(settings: ClusterSettings): Pick<PlainSecret, 'namespace' | 'name'>[] {
  return [
    ...(hasOwnGitServer(settings) ? [] : Object.values(OWN_SERVER_SECRETS)),
    ...(settings.addons.grafana ? [] : [GRAFANA_SECRET]),
  ];
}

/** The Secrets of the add-ons that a cluster has. */
export function addonSecrets({ addons }: Pick<ClusterSettings, 'addons'>): GeneratedSecret[] {
  const { namespace, name, key } = GRAFANA_SECRET;
  const generate = async () => ({ namespace, name, values: { [key]: generatePassword() } });
  return addons.grafana ? [{ namespace, name, basis: key, generate }] : [];
}

/** The Secrets of the cluster's own git server and of Argo CD, which reads from it. */
export function gitServerSecrets(context: Context, access: GitAccess): GeneratedSecret[] {
  const webhookSecret = access.webhookSecret;
  const htpasswd = async () => {
    const line = async (user: string, password: string) => `${user}:${await hash(password, BCRYPT_ROUNDS)}\n`;
    return (await line('developer', access.pushPassword)) + (await line('argocd', access.readPassword));
  };
  const define = (secret: Omit<PlainSecret, 'values'>, values: () => Promise<PlainSecret['values']>) => ({
    namespace: secret.namespace,
    name: secret.name,
    basis: hashText(access.certificate, gitRepositoryUrl(context.cluster.settings)),
    generate: async () => ({ ...secret, values: await values() }),
  });
  return [
    define(OWN_SERVER_SECRETS.server, async () => ({
      htpasswd: await htpasswd(),
      'tls.crt': access.certificate,
      'tls.key': access.privateKey,
      'webhook-secret': webhookSecret,
    })),
    define(
      {
        ...OWN_SERVER_SECRETS.repository,
        labels: { 'argocd.argoproj.io/secret-type': 'repository' },
      },
      async () => ({
        type: 'git',
        url: gitRepositoryUrl(context.cluster.settings),
        username: 'argocd',
        password: access.readPassword,
      }),
    ),
    define(WEBHOOK, async () => ({ [WEBHOOK_SECRET.key]: webhookSecret })),
    define(DASHBOARD_PUSH_SECRET, async () => ({ [WEBHOOK_SECRET.key]: webhookSecret })),
  ];
}

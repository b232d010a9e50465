import { type Environment, readConfig } from 'service-runtime/config/read-config';
import { type ServiceConfig, serviceSettings, toServiceConfig } from 'service-runtime/config/settings';
import { z } from 'zod';

const name = '[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?';
const namespaceName = z.string().regex(new RegExp(`^${name}$`), 'names are of a-z, 0-9 and -');

/** Names, separated by commas. */
const namespaceNames = z
  .string()
  .regex(new RegExp(`^ *${name} *(, *${name} *)*$`), 'names are of a-z, 0-9 and -, separated by commas')
  .transform((text) => text.split(',').map((one) => one.trim()));

const schema = z.object({
  ...serviceSettings(8080),
  LOGIN_TOKEN: z.string().min(24, 'must be of at least 24 characters'),
  PUSH_SECRET: z.string().min(16, 'must be of at least 16 characters'),
  CLUSTER_NAME: z.string().default('unnamed'),
  NAMESPACES: namespaceNames,
  ARGOCD_NAMESPACE: namespaceName.default('argocd'),
  LOKI_URL: z.url('must be a URL').optional(),
  KUBECONFIG: z.string().optional(),
});

/** The settings of the dashboard. */
export interface Config extends ServiceConfig {
  /** What opens the page. */
  readonly loginToken: string;
  /** What pushes are signed with. */
  readonly pushSecret: string;
  readonly clusterName: string;
  /** Whose pods are shown. */
  readonly namespaces: readonly string[];
  readonly argoCdNamespace: string;
  /** What keeps the lines of pods that are gone. */
  readonly lokiUrl?: string;
  /** A file, for a process that runs in no pod. */
  readonly kubeconfig?: string;
}

/** @throws ConfigError with every problem found */
export function readDashboardConfig(
  // biome-ignore lint/style/noProcessEnv: the one place of this service that reads the environment
  environment: Environment = process.env,
): Config {
  const values = readConfig(schema, environment);
  return {
    ...toServiceConfig(values),
    loginToken: values.LOGIN_TOKEN,
    pushSecret: values.PUSH_SECRET,
    clusterName: values.CLUSTER_NAME,
    namespaces: values.NAMESPACES,
    argoCdNamespace: values.ARGOCD_NAMESPACE,
    ...(values.LOKI_URL === undefined ? {} : { lokiUrl: values.LOKI_URL }),
    ...(values.KUBECONFIG === undefined ? {} : { kubeconfig: values.KUBECONFIG }),
  };
}

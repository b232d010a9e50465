import { parseDocument, stringify, YAMLSeq } from 'yaml';

/** Files by their paths in the repository. */
export type Files = ReadonlyMap<string, string>;

/** Where the list of Applications is that the root Application makes. */
export const APPLICATIONS_LIST = 'apps/applications/kustomization.yaml';
/** Where the generated Applications are; the folder is there as long as they are. */
export const GENERATED_FOLDER = 'apps/applications/generated';
const NAMESPACE = 'movies';
/** Never started, and so never pulled. */
const IMAGE = 'registry.k8s.io/pause:3.10.1';

/** The names of so many generated Applications: `generated-001` and so on. */
export function listNames(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `generated-${String(index + 1).padStart(3, '0')}`);
}

/** The file that a commit changes to change one generated Application. */
export function settingsFile(name: string): string {
  return `apps/${name}/config.env`;
}

/** What stands in {@link settingsFile}. */
export function formatSettings(value: string): string {
  return `VALUE=${value}\n`;
}

/**
 * Generates Applications of the form that this project's own have: a base in apps/, a cluster's overlay of it, and an
 * Application that names what it is made from. Each has a ConfigMap, whose name changes with what is in it, and a
 * Deployment of no pods that reads it.
 *
 * @param cluster the name of the cluster, which has a folder in clusters/
 */
export function generateApplications(cluster: string, count: number): Files {
  const names = listNames(count);
  return new Map([
    [`${GENERATED_FOLDER}/kustomization.yaml`, formatList(names.map((name) => `${name}.yaml`))],
    ...names.flatMap((name) => generateOne(cluster, name)),
  ]);
}

/** Adds the generated Applications to the list of all, whose other lines stay as they are. */
export function listGenerated(applicationsList: string): string {
  const document = parseDocument(applicationsList);
  const resources = document.get('resources');
  if (!(resources instanceof YAMLSeq)) throw new Error(`${APPLICATIONS_LIST} has no list of resources`);
  const folder = GENERATED_FOLDER.replace(/.*\//, '');
  if (!resources.toJSON().includes(folder)) resources.add(folder);
  return document.toString({ lineWidth: 0 });
}

function generateOne(cluster: string, name: string): [string, string][] {
  return [
    [`${GENERATED_FOLDER}/${name}.yaml`, stringify(describeApplication(name))],
    [`clusters/${cluster}/apps/${name}/kustomization.yaml`, formatList([`../../../../apps/${name}`])],
    [`apps/${name}/kustomization.yaml`, formatBase(name)],
    [`apps/${name}/deployment.yaml`, stringify(describeDeployment(name))],
    [settingsFile(name), formatSettings('0')],
  ];
}

/** What all have in common is added by {@link APPLICATIONS_LIST}, the cluster's name by apps/source. */
function describeApplication(name: string): object {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: {
      name,
      annotations: { 'argocd.argoproj.io/manifest-generate-paths': `.;../../../../apps/${name}` },
      finalizers: ['resources-finalizer.argocd.argoproj.io'],
    },
    spec: {
      project: 'components',
      source: { path: `clusters/CLUSTER/apps/${name}` },
      destination: { namespace: NAMESPACE },
    },
  };
}

function describeDeployment(name: string): object {
  const labels = { 'app.kubernetes.io/name': name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels },
    spec: {
      replicas: 0,
      revisionHistoryLimit: 0,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: describePod(name) },
    },
  };
}

function describePod(name: string): object {
  return {
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [
      {
        name,
        image: IMAGE,
        envFrom: [{ configMapRef: { name } }],
        resources: { requests: { cpu: '1m', memory: '1Mi' }, limits: { cpu: '1m', memory: '1Mi' } },
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
      },
    ],
  };
}

function formatBase(name: string): string {
  return formatKustomization({
    namespace: NAMESPACE,
    resources: ['deployment.yaml'],
    configMapGenerator: [{ name, envs: ['config.env'] }],
  });
}

function formatList(resources: readonly string[]): string {
  return formatKustomization({ resources });
}

function formatKustomization(fields: object): string {
  return stringify({ apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization', ...fields });
}

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Document, isMap, isSeq, parseDocument, stringify, type YAMLMap } from 'yaml';
import type { ServiceImage } from '../artifacts/service-images.ts';
import { UserError } from '../lib/errors.ts';
import { listAddons } from '../settings/addons.ts';
import { type ClusterSettings, isVagrant } from '../settings/cluster-settings.ts';
import type { Cluster } from '../settings/context.ts';
import { gitRepositoryUrl, hasOwnGitServer, inRepository } from '../settings/git-source.ts';
import { COMPONENTS, type Component } from './components.ts';

/** Where the API server and the nodes of a cluster that others made may be: EKS, for one, moves them about. */
const ANYWHERE = '0.0.0.0/0';

/**
 * Writes what tells Argo CD which cluster this is, and an overlay for each component with the tag of its
 * image and, where cluster.yaml says so, its number of replicas. What a person has added to an overlay stays.
 *
 * @returns the paths, in the cluster's folder, of the files that are different now
 */
export async function writeOverlays(cluster: Cluster, images: readonly ServiceImage[]): Promise<string[]> {
  const changed: string[] = [];
  const write = async (path: string, text: string) => {
    const file = join(cluster.folder, path);
    const old = await readFile(file, 'utf8').catch(() => undefined);
    if (old === text) return;
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    changed.push(path);
  };
  await write('kustomization.yaml', formatRootKustomization(cluster));
  for (const component of COMPONENTS) {
    const path = join('apps', component.name, 'kustomization.yaml');
    const old = await readFile(join(cluster.folder, path), 'utf8').catch(() => undefined);
    const initial = old ?? formatOverlay(component, cluster);
    const overlay = setOwnImage(initial, component, images, path);
    await write(
      path,
      setKeptSize(setReplication(overlay, component, cluster, path), component, cluster, path),
    );
    const service = formatServicePatch(component, cluster.settings);
    if (service) await write(join('apps', component.name, service.file), service.text);
  }
  return changed;
}

function setOwnImage(
  overlay: string,
  { name, image: imageName }: Component,
  images: readonly ServiceImage[],
  path: string,
): string {
  if (!imageName) return overlay;
  const image = images.find((candidate) => candidate.name === imageName);
  if (!image) throw new Error(`services/${imageName}/Dockerfile, the image of ${name}, is gone`);
  return setImage(overlay, image, path);
}

function setKeptSize(overlay: string, { name, keeps }: Component, cluster: Cluster, path: string): string {
  if (!keeps) return overlay;
  return setSetting(overlay, name, 'KEEP_MIB', `${cluster.settings.observability[keeps]}`, path);
}

function setReplication(overlay: string, component: Component, cluster: Cluster, path: string): string {
  const { name, replicated } = component;
  if (!replicated) return overlay;
  const count = cluster.settings.replicas[replicated.by];
  const scaled = setReplicas(overlay, replicated.workload, count, path);
  return replicated.setting ? setSetting(scaled, name, replicated.setting, `${count}`, path) : scaled;
}

/** Sets an image's name and tag in a kustomization, and nothing else. */
export function setImage(kustomization: string, image: ServiceImage, shownFile: string): string {
  const document = parseKustomization(kustomization, shownFile);
  const entry = findNamed(document, 'images', image.name);
  entry.set('newName', image.repository);
  entry.set('newTag', image.tag);
  return document.toString({ lineWidth: 0 });
}

/** Sets a workload's number of replicas in a kustomization, and nothing else. */
export function setReplicas(
  kustomization: string,
  workload: string,
  count: number,
  shownFile: string,
): string {
  const document = parseKustomization(kustomization, shownFile);
  findNamed(document, 'replicas', workload).set('count', count);
  return document.toString({ lineWidth: 0 });
}

/** Sets one of a component's settings, which are a ConfigMap of its base, and nothing else. */
export function setSetting(
  kustomization: string,
  configMap: string,
  key: string,
  value: string,
  shownFile: string,
): string {
  const document = parseKustomization(kustomization, shownFile);
  const generator = findNamed(document, 'configMapGenerator', configMap);
  generator.set('behavior', 'merge');
  const literals = generator.get('literals');
  const known = isSeq(literals) ? literals.items.map(String) : [];
  const others = known.filter((literal) => !literal.startsWith(`${key}=`));
  const all = [...others, `${key}=${value}`];
  // What is right already stays as a person formatted it.
  if (!known.includes(`${key}=${value}`)) generator.set('literals', document.createNode(all));
  return document.toString({ lineWidth: 0 });
}

function parseKustomization(kustomization: string, shownFile: string): Document {
  const document = parseDocument(kustomization);
  const [error] = document.errors;
  if (error) throw new UserError(`${shownFile}: ${error.message}`, 'Correct the file.');
  return document;
}

/** The entry of this name in a list of the document; made, with the list, where there is none. */
function findNamed(document: Document, list: string, name: string): YAMLMap {
  if (!isSeq(document.get(list))) document.set(list, document.createNode([]));
  const entries = document.get(list);
  if (!isSeq(entries)) throw new Error(`${list} was just made a list`);
  const known = entries.items.find((item) => isMap(item) && item.get('name') === name);
  if (isMap(known)) return known;
  const entry = document.createNode({ name });
  entries.add(entry);
  return entry;
}

/** The text of the kustomization that a cluster's root Application builds. */
export function formatRootKustomization({ name, settings }: Cluster): string {
  const { logs, metrics } = settings.observability;
  const addons = listAddons(settings);
  const components = [
    ...addons.map((name) => `with-${name}`),
    ...(addons.length > 0 ? ['with-addons'] : []),
    // What it fills in, the add-ons have, too.
    'source',
    ...(hasOwnGitServer(settings) ? [] : ['without-git-server']),
    ...(logs > 0 ? [] : ['without-logs']),
    ...(metrics > 0 ? [] : ['without-metrics']),
    ...(isVagrant(settings.machines) ? [] : ['control-plane-anywhere']),
    ...(settings.machines.provider === 'eks' ? ['on-eks'] : []),
  ];
  return `# Written by \`create\` from cluster.yaml: which cluster and which repository the Applications are about.
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
  - ../../apps
components:
${components.map((component) => `  - ../../apps/${component}\n`).join('')}configMapGenerator:
  - name: cluster
    literals:
      - name=${name}
      - repository=${gitRepositoryUrl(settings)}
      - branch=${settings.git.branch}
      - clusters=${inRepository(settings, 'clusters')}
      - control-plane=${isVagrant(settings.machines) ? `${settings.machines.master.address}/32` : ANYWHERE}
      - machines=${isVagrant(settings.machines) ? networkOf(settings.machines.master.address) : ANYWHERE}
    options:
      disableNameSuffixHash: true
      annotations:
        config.kubernetes.io/local-config: "true"
`;
}

/** The network of Vagrant's machines, which are all in one: with the mask that it gives a private network unasked. */
function networkOf(address: string): string {
  return `${address.replace(/\d+$/, '0')}/24`;
}

/** A patch of a component's Service, and the name of its file. */
interface ServicePatch {
  readonly file: string;
  readonly text: string;
}

/** The patch that makes a component's Service as a cloud should have it; `undefined` where it needs none. */
function formatServicePatch(
  { name, external }: Component,
  { machines }: ClusterSettings,
): ServicePatch | undefined {
  if (!external || isVagrant(machines)) return undefined;
  if (external === 'nobody') {
    const patch = { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { type: 'ClusterIP' } };
    const text = `# Written by \`create\`: a load balancer would open it to the world, and cost money.\n${stringify(patch)}`;
    return { file: 'service.yaml', text };
  }
  if (machines.provider !== 'eks') return undefined;
  const ranges = external === 'administrators' ? { loadBalancerSourceRanges: machines.access } : {};
  const patch = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name,
      annotations: {
        'service.beta.kubernetes.io/aws-load-balancer-type': 'nlb',
        'service.beta.kubernetes.io/aws-load-balancer-cross-zone-load-balancing-enabled': 'true',
      },
    },
    spec: { type: 'LoadBalancer', ...ranges },
  };
  const text = `# Written by \`create\` from cluster.yaml: a Network Load Balancer of AWS.\n${stringify(patch, { lineWidth: 0 })}`;
  return { file: 'load-balancer.yaml', text };
}

function formatOverlay(component: Component, { name: clusterName, settings }: Cluster): string {
  const { name, namespace, image, knowsCluster } = component;
  const service = formatServicePatch(component, settings);
  const patches = service ? `patches:\n  - path: ${service.file}\n` : '';
  const generator = `configMapGenerator:
  - name: ${name}
    behavior: merge
    literals: [ CLUSTER_NAME=${clusterName} ]
`;
  return `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: ${namespace}
resources:
  - ../../../../apps/${name}
${image ? 'images: []\n' : ''}${patches}${knowsCluster ? generator : ''}`;
}

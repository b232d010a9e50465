import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Document, isMap, isSeq, parseDocument, type YAMLMap } from 'yaml';
import type { ServiceImage } from '../artifacts/service-images.ts';
import { UserError } from '../lib/errors.ts';
import type { Cluster } from '../settings/context.ts';
import { gitRepositoryUrl, hasOwnGitServer, inRepository } from '../settings/git-source.ts';
import { COMPONENTS, type Component } from './components.ts';

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
    const image = images.find((candidate) => candidate.name === component.image);
    if (!image)
      throw new Error(`services/${component.image}/Dockerfile, the image of ${component.name}, is gone`);
    const overlay = setImage(old ?? formatOverlay(component, cluster.name), image, path);
    await write(path, setReplication(overlay, component, cluster, path));
  }
  return changed;
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

function formatRootKustomization({ name, settings }: Cluster): string {
  const components = ['source', ...(hasOwnGitServer(settings) ? [] : ['without-git-server'])];
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
    options:
      disableNameSuffixHash: true
      annotations:
        config.kubernetes.io/local-config: "true"
`;
}

function formatOverlay({ name, namespace, knowsCluster }: Component, clusterName: string): string {
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
images: []
${knowsCluster ? generator : ''}`;
}

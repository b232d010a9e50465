import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Document, isMap, isSeq, parseDocument, type YAMLMap } from 'yaml';
import type { ServiceImage } from '../artifacts/service-images.ts';
import { UserError } from '../lib/errors.ts';
import type { Cluster } from '../settings/context.ts';
import { gitRepositoryUrl } from '../settings/git-source.ts';
import { COMPONENTS, type Component } from './components.ts';

/**
 * Writes what tells Argo CD which cluster this is, and an overlay for each component with the tag of its
 * image. What a person has added to an overlay stays.
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
    await write(path, setImage(old ?? formatOverlay(component), image, path));
  }
  return changed;
}

/** Sets an image's name and tag in a kustomization, and nothing else. */
export function setImage(kustomization: string, image: ServiceImage, shownFile: string): string {
  const document = parseDocument(kustomization);
  const [error] = document.errors;
  if (error) throw new UserError(`${shownFile}: ${error.message}`, 'Correct the file.');
  const entry = findImage(document, image.name);
  entry.set('newName', image.repository);
  entry.set('newTag', image.tag);
  return document.toString({ lineWidth: 0 });
}

function findImage(document: Document, name: string): YAMLMap {
  if (!isSeq(document.get('images'))) document.set('images', document.createNode([]));
  const images = document.get('images');
  if (!isSeq(images)) throw new Error('images was just made a list');
  const known = images.items.find((item) => isMap(item) && item.get('name') === name);
  if (isMap(known)) return known;
  const entry = document.createNode({ name });
  images.add(entry);
  return entry;
}

function formatRootKustomization({ name, settings }: Cluster): string {
  return `# Written by \`create\` from cluster.yaml: which cluster and which repository the Applications are about.
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
  - ../../apps
components:
  - ../../apps/source
configMapGenerator:
  - name: cluster
    literals:
      - name=${name}
      - repository=${gitRepositoryUrl(settings)}
      - branch=${settings.git.branch}
    options:
      disableNameSuffixHash: true
      annotations:
        config.kubernetes.io/local-config: "true"
`;
}

function formatOverlay({ name, namespace }: Component): string {
  return `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: ${namespace}
resources:
  - ../../../../apps/${name}
images: []
`;
}

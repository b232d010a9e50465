import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { shell } from '../../../tests/support/go-tools.ts';
import { listServiceImages, type ServiceImage } from '../../artifacts/service-images.ts';
import { readClusterSettings } from '../../settings/read-cluster-settings.ts';
import { listOverlays, writeImageTag } from '../image-tags.ts';

const REPOSITORY = join(import.meta.dirname, '..', '..', '..');

/** A small repository of the form of this one, in a temporary folder that goes with it. */
export interface TestClone extends AsyncDisposable {
  readonly folder: string;
  write(path: string, text: string): Promise<void>;
  git(...args: string[]): Promise<string>;
  commitAll(message: string): Promise<void>;
  listImages(): Promise<ServiceImage[]>;
}

const FILES: Record<string, string> = {
  'services/.dockerignore': '**/*.test.ts\n',
  'services/api-gateway/Dockerfile':
    'FROM scratch\nCOPY service-runtime service-runtime\nCOPY api-gateway .\n',
  'services/api-gateway/main.ts': 'answer one\n',
  'services/query-api/Dockerfile': 'FROM scratch\nCOPY service-runtime service-runtime\nCOPY query-api .\n',
  'services/query-api/main.ts': 'query\n',
  'services/postgres/Dockerfile': 'FROM scratch\nCOPY postgres/start .\n',
  'services/postgres/start': 'start\n',
  'services/service-runtime/run.ts': 'run\n',
};

/**
 * Makes a repository with three services, whose tags are right in its cluster `local`, and one commit.
 *
 * @param inner the folder of the repository in which all that is; its top, unless given
 */
export async function createClone(inner = ''): Promise<TestClone> {
  const top = await mkdtemp(join(tmpdir(), 'release-'));
  const folder = join(top, inner);
  const clone = openClone(folder, top);
  await mkdir(join(folder, 'clusters', 'local'), { recursive: true });
  const settings = join('clusters', 'local', 'cluster.yaml');
  await copyFile(join(REPOSITORY, settings), join(folder, settings));
  for (const [path, text] of Object.entries(FILES)) await clone.write(path, text);
  for (const image of await clone.listImages()) {
    for (const overlay of listOverlays('local', image.name)) await writeComponent(clone, overlay, image.name);
    await writeImageTag(folder, 'local', image);
  }
  await shell.run('git', ['init', '--quiet', '--initial-branch=main', top]);
  await clone.commitAll('Start');
  return clone;
}

/**
 * Opens a repository that is there.
 *
 * @param removed the folder that goes when it is disposed of
 */
export function openClone(folder: string, removed: string): TestClone {
  const git = async (...args: string[]) => {
    const identity = ['-c', 'user.name=test', '-c', 'user.email=test@localhost'];
    return (await shell.run('git', ['-C', folder, ...identity, ...args])).stdout.trim();
  };
  return {
    folder,
    git,
    async write(path, text) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    },
    async commitAll(message) {
      await git('add', '--all');
      await git('commit', '--quiet', '--message', message);
    },
    async listImages() {
      return await listServiceImages(folder, (await readClusterSettings(folder, 'local')).images);
    },
    [Symbol.asyncDispose]: async () => await rm(removed, { recursive: true, force: true }),
  };
}

async function writeComponent(clone: TestClone, overlay: string, image: string): Promise<void> {
  const component = dirname(overlay).split('/').at(-1);
  const base = `apps/${component}`;
  await clone.write(`${base}/kustomization.yaml`, 'kind: Kustomization\nresources: [ pod.yaml ]\n');
  await clone.write(
    `${base}/pod.yaml`,
    `apiVersion: v1\nkind: Pod\nmetadata: { name: ${component} }\nspec: { containers: [ { name: one, image: ${image} } ] }\n`,
  );
  await clone.write(overlay, `kind: Kustomization\nresources:\n  - ../../../../${base} # mine\n`);
}

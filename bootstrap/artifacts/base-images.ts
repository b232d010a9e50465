import { join } from 'node:path';
import type { Report } from '../lib/progress.ts';
import { provideArtifact } from './artifact.ts';
import { hashFiles, hashText } from './content-hash.ts';
import { type ImageBuilder, importImage, provideImage, readRecipeKey } from './image.ts';
import { VERSIONS } from './versions.ts';

/** The images that our Dockerfiles begin with, under the names of the official ones. */
export const DEBIAN_IMAGE = `debian:${VERSIONS.debian}-slim`;
export const NODE_IMAGE = `node:${VERSIONS.node}-${VERSIONS.debian}-slim`;

/** Documentation is what the official slim image leaves out, too. */
const LEFT_OUT = ['/usr/share/doc/*', '/usr/share/man/*', '/usr/share/info/*', '/usr/share/locale/*'];
/** Has the effect of the official image's settings of apt: an installation leaves no caches behind. */
const APT_SETTINGS =
  'Dir::Cache::pkgcache "";\nDir::Cache::srcpkgcache "";\nAPT::Keep-Downloaded-Packages "false";\n';
const WRITE_APT_SETTINGS = `printf '${APT_SETTINGS.replaceAll('\n', '\\n')}' > "$1/etc/apt/apt.conf.d/no-caches"; rm -f "$1"/var/cache/apt/*.bin`;
const DEBIAN_KEY = hashText(VERSIONS.debian, ...LEFT_OUT, WRITE_APT_SETTINGS);

/** The folder of the Dockerfiles of stand-ins. */
export const STAND_INS = join(import.meta.dirname, 'stand-ins');

/**
 * Makes Debian's base image from Debian's packages (mmdebstrap(1)), where it can't be pulled.
 *
 * @returns the key of what it was made from
 */
export async function provideDebianImage(
  builder: ImageBuilder,
  cache: string,
  report: Report,
): Promise<string> {
  if ((await readRecipeKey(builder, DEBIAN_IMAGE)) === DEBIAN_KEY) return DEBIAN_KEY;
  const artifact = {
    name: 'debian',
    key: DEBIAN_KEY,
    build: async (folder: string) => {
      const options = [
        ...LEFT_OUT.map((path) => `--dpkgopt=path-exclude=${path}`),
        `--customize-hook=${WRITE_APT_SETTINGS}`,
      ];
      const archive = join(folder, 'root.tar');
      await builder.shell.run('mmdebstrap', ['--variant=minbase', ...options, VERSIONS.debian, archive], {
        onLine: (line) => report(`${DEBIAN_IMAGE}: ${line.replace('I: ', '')}`),
      });
    },
  };
  const folder = await provideArtifact(artifact, cache, report);
  await importImage(builder, { reference: DEBIAN_IMAGE, key: DEBIAN_KEY }, join(folder, 'root.tar'));
  return DEBIAN_KEY;
}

/** Makes Node's base image from Debian's and the npm registry, where it can't be pulled. */
export async function provideNodeImage(
  builder: ImageBuilder,
  cache: string,
  report: Report,
): Promise<string> {
  const debianKey = await provideDebianImage(builder, cache, report);
  const dockerfiles = await hashFiles(STAND_INS, ['node/Dockerfile']);
  const key = hashText(debianKey, dockerfiles, VERSIONS.node, VERSIONS.npm);
  if ((await readRecipeKey(builder, NODE_IMAGE)) === key) return key;
  const artifact = { name: 'node', key, build: (folder: string) => installNode(builder, folder) };
  const folder = await provideArtifact(artifact, cache, report);
  const dockerfile = join(STAND_INS, 'node', 'Dockerfile');
  await provideImage(builder, { reference: NODE_IMAGE, key, dockerfile, folder }, report);
  return key;
}

async function installNode({ shell }: ImageBuilder, folder: string): Promise<void> {
  const architecture = process.arch === 'arm64' ? 'arm64' : 'x64';
  const packages = [`node-linux-${architecture}@${VERSIONS.node}`, `npm@${VERSIONS.npm}`];
  const options = ['--global', '--prefix', join(folder, 'node'), '--no-audit', '--no-fund'];
  await shell.run('npm', ['install', ...options, ...packages]);
}

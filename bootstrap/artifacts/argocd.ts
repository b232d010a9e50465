import { chmod, copyFile, mkdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Report } from '../lib/progress.ts';
import type { Shell } from '../lib/shell.ts';
import { provideArtifact } from './artifact.ts';
import { STAND_INS } from './base-images.ts';
import { hashFiles, hashText } from './content-hash.ts';
import { buildGo, findModuleFolder } from './go-build.ts';
import { type ImageBuilder, type ImageRecipe, provideImage } from './image.ts';
import { VERSIONS } from './versions.ts';

const MODULE = join(import.meta.dirname, 'argocd');
const ARGO_CD = 'github.com/argoproj/argo-cd/v3';
/** The scripts that Argo CD's own image has in /usr/local/bin, in its module. */
const SCRIPTS = ['entrypoint.sh', 'hack/gpg-wrapper.sh', 'hack/git-verify-wrapper.sh'];

/** What Argo CD's module gives. */
export interface ArgoCdBuild {
  /** The folder with `bin/argocd`, `bin/helm`, `bin/kustomize`, `scripts/` and `install.yaml`. */
  readonly folder: string;
  readonly key: string;
}

/** Names what Argo CD is built from. */
export async function argoCdKey(): Promise<string> {
  return hashText(await hashFiles(MODULE, ['go.mod', 'go.sum']), process.arch, ...SCRIPTS);
}

/** Compiles Argo CD, and the Helm and kustomize that it calls, from their modules. */
export async function buildArgoCd(shell: Shell, cache: string, report: Report): Promise<ArgoCdBuild> {
  const key = await argoCdKey();
  const folder = await provideArtifact(
    { name: 'argocd', key, build: (target) => assemble(shell, target, report) },
    cache,
    report,
  );
  return { folder, key };
}

async function assemble(shell: Shell, folder: string, report: Report): Promise<void> {
  const binaries = join(folder, 'bin');
  const scripts = join(folder, 'scripts');
  await mkdir(binaries);
  await mkdir(scripts);
  const packages = ['helm.sh/helm/v3/cmd/helm', 'sigs.k8s.io/kustomize/kustomize/v5'];
  const version = `${ARGO_CD}/common.version`;
  await buildGo(
    shell,
    {
      module: MODULE,
      packages: [`${ARGO_CD}/cmd`],
      variables: { [version]: VERSIONS.argoCd.packages.slice(1) },
    },
    join(binaries, 'argocd'),
    report,
  );
  await buildGo(shell, { module: MODULE, packages }, `${binaries}/`, report);
  const source = await findModuleFolder(shell, MODULE, ARGO_CD);
  for (const script of SCRIPTS) {
    const target = join(scripts, basename(script));
    await copyFile(join(source, script), target);
    await chmod(target, 0o755);
  }
  await copyFile(join(source, 'manifests', 'install.yaml'), join(folder, 'install.yaml'));
}

/** Makes stand-ins for the images that Argo CD's install manifest names, under the same names. */
export async function provideArgoCdImages(
  builder: ImageBuilder,
  build: ArgoCdBuild,
  debianKey: string,
  report: Report,
): Promise<string[]> {
  const manifest = await readFile(join(build.folder, 'install.yaml'), 'utf8');
  const recipes: ImageRecipe[] = [];
  for (const [name, pattern] of Object.entries({ argocd: /argoproj\/argocd:/, redis: /\/redis:/ })) {
    const reference = manifest.match(/image: (\S+)/g)?.find((image) => pattern.test(image));
    if (!reference) throw new Error(`Argo CD's install manifest names no image like ${pattern}`);
    const dockerfile = join(STAND_INS, name, 'Dockerfile');
    const dockerfileKey = await hashFiles(STAND_INS, [`${name}/Dockerfile`]);
    recipes.push({
      reference: reference.replace('image: ', ''),
      key: hashText(debianKey, dockerfileKey, name === 'argocd' ? build.key : ''),
      dockerfile,
      folder: name === 'argocd' ? build.folder : join(STAND_INS, name),
    });
  }
  for (const recipe of recipes) await provideImage(builder, recipe, report);
  return recipes.map((recipe) => recipe.reference);
}

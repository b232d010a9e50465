import { glob, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { provideArtifact } from '../../../bootstrap/artifacts/artifact.ts';
import { hashFiles, hashText } from '../../../bootstrap/artifacts/content-hash.ts';
import { ENGINE_MODULE } from '../../../bootstrap/artifacts/engine.ts';
import { findModuleFolder } from '../../../bootstrap/artifacts/go-build.ts';
import { parseManifest } from '../../../bootstrap/lib/manifests.ts';
import { shell, TEST_CACHE } from '../../support/go-tools.ts';

/** The Go module that pins Argo CD and the programs that it calls. */
export const ARGO_CD_MODULE = join(ENGINE_MODULE, '..', 'artifacts', 'argocd');

/** Where the published schemas are: the API server's own, and those of the custom resources that we use. */
const SOURCES = {
  kubernetes: { module: ENGINE_MODULE, dependency: 'k8s.io/kubernetes' },
  sealedSecrets: { module: ENGINE_MODULE, dependency: 'github.com/bitnami/sealed-secrets' },
  argoCd: { module: ARGO_CD_MODULE, dependency: 'github.com/argoproj/argo-cd/v3' },
};

interface Schema {
  [keyword: string]: unknown;
  properties?: Record<string, Schema>;
  'x-kubernetes-group-version-kind'?: readonly { group: string; version: string; kind: string }[];
}

interface CustomResourceDefinition {
  spec: {
    group: string;
    names: { kind: string };
    versions: readonly { name: string; schema: { openAPIV3Schema: Schema } }[];
  };
}

/**
 * What kubeconform finds a kind's schema by
 * (https://github.com/yannh/kubeconform#overriding-schemas-location).
 */
const FILE_NAME = '{{ .Group }}-{{ .ResourceAPIVersion }}-{{ .ResourceKind }}.json';

/**
 * The JSON schemas of all kinds, made offline from what the API server and the controllers publish. Unknown
 * fields are errors in them.
 *
 * @returns the location that kubeconform takes
 */
export async function provideSchemas(): Promise<string> {
  const key = hashText(
    await hashFiles(ENGINE_MODULE, ['go.mod']),
    await hashFiles(ARGO_CD_MODULE, ['go.mod']),
    await readFile(import.meta.filename, 'utf8'),
  );
  const build = async (folder: string) => {
    await writeBuiltInKinds(folder);
    await writeCustomKinds(folder);
  };
  const folder = await provideArtifact({ name: 'manifest-schemas', key, build }, TEST_CACHE, () => {});
  return join(folder, FILE_NAME);
}

async function writeBuiltInKinds(folder: string): Promise<void> {
  const { module, dependency } = SOURCES.kubernetes;
  const source = await findModuleFolder(shell, module, dependency);
  const file = join(source, 'api', 'openapi-spec', 'swagger.json');
  const { definitions } = JSON.parse(await readFile(file, 'utf8')) as { definitions: Record<string, Schema> };
  const strict = Object.fromEntries(
    Object.entries(definitions).map(([name, schema]) => [name, makeStrict(name, schema)]),
  );
  await writeFile(join(folder, 'definitions.json'), JSON.stringify({ definitions: strict }));
  for (const [name, schema] of Object.entries(definitions)) {
    for (const { group, version, kind } of schema['x-kubernetes-group-version-kind'] ?? []) {
      await writeSchema(folder, group, version, kind, { $ref: `definitions.json#/definitions/${name}` });
    }
  }
}

async function writeCustomKinds(folder: string): Promise<void> {
  for (const { module, dependency } of [SOURCES.sealedSecrets, SOURCES.argoCd]) {
    const source = await findModuleFolder(shell, module, dependency);
    for await (const file of glob('**/crds/*.yaml', { cwd: source })) {
      for (const object of parseManifest(await readFile(join(source, file), 'utf8'))) {
        if (object.kind !== 'CustomResourceDefinition') continue;
        const { spec } = object as unknown as CustomResourceDefinition;
        for (const { name, schema } of spec.versions) {
          await writeSchema(
            folder,
            spec.group,
            name,
            spec.names.kind,
            makeStrict('', schema.openAPIV3Schema),
          );
        }
      }
    }
  }
}

async function writeSchema(
  folder: string,
  group: string,
  version: string,
  kind: string,
  schema: Schema,
): Promise<void> {
  // The core group has no name; kubeconform takes the version for it.
  const name = `${group || version}-${version}-${kind.toLowerCase()}.json`;
  await writeFile(join(folder, name), JSON.stringify(schema));
}

/** Strings or numbers by their own words, which the published schema calls strings. */
const STRINGS_OR_NUMBERS = [
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
  'io.k8s.apimachinery.pkg.api.resource.Quantity',
];

/** The folder of Argo CD's module. */
export async function findArgoCdSource(): Promise<string> {
  return await findModuleFolder(shell, SOURCES.argoCd.module, SOURCES.argoCd.dependency);
}

/** The same schema, with fields that it doesn't name refused, as the API server does on strict validation. */
function makeStrict(name: string, schema: Schema): Schema {
  if (STRINGS_OR_NUMBERS.includes(name)) return { type: ['string', 'number'] };
  const strict = Object.fromEntries(
    Object.entries(schema).map(([keyword, value]) => [keyword, makeStrictPart(keyword, value)]),
  );
  const isOpen = schema['x-kubernetes-preserve-unknown-fields'] === true;
  return schema.properties && !isOpen ? { additionalProperties: false, ...strict } : strict;
}

function makeStrictPart(keyword: string, value: unknown): unknown {
  if (keyword === 'properties') {
    return Object.fromEntries(
      Object.entries(value as Record<string, Schema>).map(([name, one]) => [name, makeStrict('', one)]),
    );
  }
  const isSchema = ['items', 'additionalProperties'].includes(keyword) && typeof value === 'object';
  return isSchema && value !== null ? makeStrict('', value as Schema) : value;
}

import { glob, readFile } from 'node:fs/promises';
import { join, matchesGlob } from 'node:path';
import { describe, expect, test } from 'vitest';
import { VERSIONS } from '../../bootstrap/artifacts/versions.ts';

const REPOSITORY = join(import.meta.dirname, '..', '..');

interface CustomManager {
  readonly description: string;
  readonly managerFilePatterns: readonly string[];
  readonly matchStrings: readonly string[];
  readonly depNameTemplate: string;
  readonly extractVersionTemplate?: string;
  readonly versioningTemplate?: string;
}

interface PackageRule {
  readonly matchPackageNames?: readonly string[];
  readonly matchFileNames?: readonly string[];
}

const config = JSON.parse(await readFile(join(REPOSITORY, '.github', 'renovate.json'), 'utf8'));
const managers: readonly CustomManager[] = config.customManagers;
const rules: readonly PackageRule[] = config.packageRules;
const exclude = (path: string) => path.includes('node_modules') || path === '.git';
const files = await Array.fromAsync(glob('**/*', { cwd: REPOSITORY, exclude }));

/** Renovate takes a pattern between slashes for a regular expression. */
function filesOf({ managerFilePatterns }: CustomManager): string[] {
  const patterns = managerFilePatterns.map((pattern) => new RegExp(pattern.slice(1, -1)));
  return files.filter((file) => patterns.some((pattern) => pattern.test(file)));
}

async function findValues(manager: CustomManager): Promise<string[]> {
  const found: string[] = [];
  for (const file of filesOf(manager)) {
    const text = await readFile(join(REPOSITORY, file), 'utf8');
    for (const pattern of manager.matchStrings) {
      for (const match of text.matchAll(new RegExp(pattern, 'g')))
        found.push(match.groups?.currentValue ?? '');
    }
  }
  return found;
}

describe.each(managers)('Renovate finds $depNameTemplate', (manager) => {
  test('in a pattern that RE2 understands, with versions as they are published', async () => {
    for (const pattern of manager.matchStrings) expect(pattern).not.toMatch(/\(\?[=!]|\(\?<[=!]|\\[1-9]/);
    const [value = ''] = await findValues(manager);
    expect(value).toMatch(/^v?\d+\.\d+\.\d+/);
    const { versioningTemplate = '', extractVersionTemplate } = manager;
    if (versioningTemplate.startsWith('regex:')) {
      expect(value).toMatch(new RegExp(versioningTemplate.slice('regex:'.length)));
    }
    if (!extractVersionTemplate) return;
    const tag = manager.depNameTemplate === 'kubernetes-sigs/kustomize' ? `kustomize/${value}` : `v${value}`;
    expect(tag.match(new RegExp(extractVersionTemplate))?.groups?.version).toBe(value);
  });
});

test('every version in versions.ts is found by one manager, and by its own', async () => {
  const { k3s, kubernetes, argoCd, sealedSecrets, kustomize, cosign, npm } = VERSIONS;
  const expected: Record<string, string> = {
    'k3s-io/k3s': k3s,
    'kubernetes/kubernetes': kubernetes,
    'argoproj/argo-cd': argoCd.release,
    'github.com/argoproj/argo-cd/v3': argoCd.packages,
    'bitnami-labs/sealed-secrets': sealedSecrets,
    'kubernetes-sigs/kustomize': kustomize,
    'sigstore/cosign': cosign,
    npm,
  };
  const found: Record<string, string> = {};
  for (const manager of managers) {
    if (!filesOf(manager).includes('bootstrap/artifacts/versions.ts')) continue;
    const values = await findValues(manager);
    expect(values, manager.description).toHaveLength(1);
    found[manager.depNameTemplate] = values[0] ?? '';
  }
  expect(found).toEqual(expected);
});

test('the base that an image tells of is found in every Dockerfile that begins with Node', async () => {
  const manager = managers.find(({ depNameTemplate }) => depNameTemplate === 'node');
  const values = manager ? await findValues(manager) : [];
  const dockerfiles = files.filter((file) => matchesGlob(file, 'services/*/Dockerfile'));
  const texts = await Promise.all(dockerfiles.map((file) => readFile(join(REPOSITORY, file), 'utf8')));
  const withNode = texts.filter((text) => /^FROM node:/m.test(text));
  expect(withNode.length).toBeGreaterThan(4);
  expect(values).toHaveLength(withNode.length);
  expect(new Set(values)).toEqual(new Set([`${VERSIONS.node}-${VERSIONS.debian}-slim`]));
});

test('rules speak of files that are there, and hold Argo CD’s two places together', () => {
  for (const pattern of rules.flatMap(({ matchFileNames = [] }) => matchFileNames)) {
    expect(files.filter((file) => matchesGlob(file, pattern))).not.toEqual([]);
  }
  const rule = rules.find(({ matchPackageNames }) =>
    matchPackageNames?.includes('github.com/argoproj/argo-cd/v3'),
  );
  expect(rule).toMatchObject({ allowedVersions: '<3.3', groupName: expect.any(String) });
});

test('all kinds of dependencies are updated: npm, Dockerfiles, actions, Go modules, and K3s and Argo CD', () => {
  expect(config.enabledManagers).toEqual(['npm', 'dockerfile', 'github-actions', 'gomod', 'custom.regex']);
  const names = managers.map(({ depNameTemplate }) => depNameTemplate);
  expect(names).toEqual(expect.arrayContaining(['k3s-io/k3s', 'argoproj/argo-cd']));
});

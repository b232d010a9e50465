import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { provideGoTools, shell } from '../support/go-tools.ts';

const REPOSITORY = join(import.meta.dirname, '..', '..');
const FOLDER = join(REPOSITORY, '.github', 'workflows');

const tools = await provideGoTools('workflow-tools', join(import.meta.dirname, 'tools'));
const readme = await readFile(join(REPOSITORY, 'README.md'), 'utf8');

interface WorkflowStep {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Workflow {
  readonly file: string;
  readonly text: string;
  readonly permissions?: object;
  readonly concurrency?: { readonly group?: string };
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly permissions?: Record<string, string>;
        readonly 'timeout-minutes'?: number;
        readonly steps: readonly WorkflowStep[];
      }
    >
  >;
}

async function readWorkflow(file: string): Promise<Workflow> {
  const text = await readFile(join(FOLDER, file), 'utf8');
  return { ...parse(text), file, text };
}

const workflows = await Promise.all((await readdir(FOLDER)).map(readWorkflow));

test('actionlint would find a mistake', async () => {
  const broken =
    'on: push\njobs:\n  one:\n    runs-on: ubuntu-24.04\n    needs: [two]\n    steps:\n      - run: echo\n';
  const result = await shell.attempt(join(tools, 'actionlint'), ['-'], { input: broken });
  expect(result.stdout).toContain('needs job "two"');
  expect(result.exitCode).toBe(1);
});

describe.each(workflows)('$file', ({ file, text, permissions, concurrency, jobs }) => {
  const steps = Object.values(jobs).flatMap((job) => job.steps);

  test('is right by actionlint', async () => {
    const result = await shell.attempt(join(tools, 'actionlint'), [join(FOLDER, file)]);
    expect(result.stdout).toBe('');
    expect(result.exitCode).toBe(0);
  });

  test('holds no logic: each step runs one command, without a shell’s own language', () => {
    for (const { run } of steps) {
      if (run === undefined) continue;
      expect.soft(run.trim(), run).not.toContain('\n');
      expect.soft(run, run).not.toMatch(/&&|\|\||[;|<>`]|\$\(|\bif\b|\bfor\b/);
      // What comes from outside goes through the environment, where no shell takes it for code.
      expect.soft(run, run).not.toContain('${{');
    }
  });

  test('runs scripts that are there', async () => {
    for (const { run = '' } of steps) {
      for (const path of run.match(/\S+\.(ts|sh)\b/g) ?? []) {
        if (path.includes('*')) continue;
        await expect(readFile(join(REPOSITORY, path)), path).resolves.toBeDefined();
      }
    }
  });

  test('pins every action by its commit, and tells the release that it is', () => {
    const used = text.match(/^.*\buses: .*$/gm) ?? [];
    expect(used.length).toBe(steps.filter(({ uses }) => uses !== undefined).length);
    for (const line of used) {
      expect.soft(line, line).toMatch(/uses: [\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    }
  });

  test('gives nothing that is not asked for, job by job, and lets each job end', () => {
    expect(permissions).toEqual({});
    for (const [name, job] of Object.entries(jobs)) {
      expect.soft(job['timeout-minutes'], name).toBeGreaterThan(0);
      expect.soft(job.permissions, name).toBeDefined();
      const writes = Object.keys(job.permissions ?? {}).filter((key) => job.permissions?.[key] === 'write');
      const allowed: Record<string, string[]> = { publish: ['id-token'], deploy: ['contents'] };
      expect.soft(writes, name).toEqual(file === 'release.yaml' ? (allowed[name] ?? []) : []);
      // The token of a checkout stays only where it is needed to push.
      const checkout = job.steps.find(({ uses }) => uses?.startsWith('actions/checkout@'));
      const isKept = checkout?.with?.['persist-credentials'] !== false;
      expect.soft(isKept, name).toBe(writes.includes('contents'));
    }
  });

  test('has a concurrency group', () => {
    expect(concurrency?.group).toMatch(/^(ci|release)\b/);
  });

  test('names no secret and no variable that the README does not tell how to get', () => {
    const names = [...text.matchAll(/\b(?:secrets|vars)\.(\w+)/g)].map(([, name]) => name ?? '');
    expect([...new Set(names)].filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
  });
});

test('an image gets its tag last, when it is whole and signed', () => {
  const { jobs } = workflows.find(({ file }) => file === 'release.yaml') ?? {};
  const names = jobs?.publish?.steps.map(({ name, uses }) => name ?? uses?.split('@')[0]);
  expect(names?.slice(-3)).toEqual([
    'Build and push, with SBOM and provenance, without a tag',
    'Sign',
    'Give it its tag',
  ]);
  const build = jobs?.publish?.steps.find(({ uses }) => uses?.startsWith('docker/build-push-action@'));
  expect(build?.with).toMatchObject({ sbom: true, provenance: 'mode=max' });
  expect(build?.with?.outputs).toContain('push-by-digest=true');
  expect(build?.with).not.toHaveProperty('tags');
});

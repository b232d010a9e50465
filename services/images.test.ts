import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DockerfileParser } from 'dockerfile-ast';
import { describe, expect, test } from 'vitest';
import { runCommand } from '../tests/support/run-command.ts';

const services = ['api-gateway', 'inventory-app', 'billing-app', 'query-api', 'dashboard'];
const maxOwnBytes = 15_000_000;

/** @returns what the last stage of a Dockerfile says, by keyword */
async function readLastStage(service: string): Promise<Map<string, string[]>> {
  const text = await readFile(join(import.meta.dirname, service, 'Dockerfile'), 'utf8');
  const instructions = DockerfileParser.parse(text).getInstructions();
  const from = instructions.findLastIndex((instruction) => instruction.getKeyword() === 'FROM');
  const stage = new Map<string, string[]>();
  for (const instruction of instructions.slice(from)) {
    const keyword = instruction.getKeyword();
    stage.set(keyword, [...(stage.get(keyword) ?? []), instruction.getArgumentsContent() ?? '']);
  }
  return stage;
}

async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(
    files.map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

describe.each(services)('image of %s', (service) => {
  test('brings one folder of its own, runs as an ordinary user, in production, and knows how it is', async () => {
    const stage = await readLastStage(service);

    expect(stage.get('COPY')).toEqual([`/services/${service}/dist ./`]);
    expect(stage.get('RUN')).toBeUndefined();
    expect(stage.get('USER')).toEqual(['1000:1000']);
    expect(stage.get('ENV')?.join()).toContain('NODE_ENV=production');
    expect(stage.get('LABEL')?.join()).toContain(`org.opencontainers.image.title="${service}"`);
    expect(stage.get('HEALTHCHECK')?.join()).toContain('node healthcheck.mjs');
  });
});

describe.each([...services, 'backup'])('what image %s runs', (service) => {
  test('is small, and what it runs can be loaded', async () => {
    const cwd = import.meta.dirname;
    const bundled = await runCommand(process.execPath, ['bundle.ts', service], { cwd });
    expect(bundled).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await sizeOf(join(cwd, service, 'dist'))).toBeLessThan(maxOwnBytes);

    const started = await runCommand(process.execPath, [join(service, 'dist', 'main.mjs')], { cwd, env: {} });
    expect(started.exitCode).toBe(1);
    expect(started.stderr).toMatch(/^The configuration has \d+ problems:/);
  });
});

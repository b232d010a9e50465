import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { shell } from '../../../tests/support/go-tools.ts';
import { type CommandResult, runCommand } from '../../../tests/support/run-command.ts';
import { createClone, type TestClone } from '../testing/create-clone.ts';
import { type RegistryContents, type RegistryServer, serveRegistry } from '../testing/serve-registry.ts';

const me = { username: 'me', password: 'pass' };
const both = { platforms: ['linux/amd64', 'linux/arm64', 'unknown/unknown'] };

let folder = '';
let clone: TestClone;
let server: RegistryServer;
const contents: RegistryContents = { images: new Map(), password: me.password, busy: 0 };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'workflow-'));
  server = await serveRegistry(contents);
  clone = await createClone();
  const file = 'clusters/local/cluster.yaml';
  const settings = await readFile(join(clone.folder, file), 'utf8');
  await clone.write(file, settings.replace('docker.io', server.host).replace(': orchestrator', ': me'));
  await clone.commitAll('Publish to a registry of my own');
  await shell.run('git', ['clone', '--quiet', '--bare', clone.folder, join(folder, 'remote.git')]);
  await clone.git('remote', 'add', 'origin', join(folder, 'remote.git'));
  const auth = Buffer.from(`${me.username}:${me.password}`).toString('base64');
  await writeFile(join(folder, 'config.json'), JSON.stringify({ auths: { [server.host]: { auth } } }));
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await clone[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function runScript(script: string): Promise<CommandResult> {
  const place = ['--registry', server.host, '--repository', clone.folder];
  return await runCommand(process.execPath, [join(import.meta.dirname, script), ...place], {
    // biome-ignore lint/style/noProcessEnv: the script's own variables are added to those of this process
    env: { ...process.env, GITHUB_OUTPUT: join(folder, 'output'), DOCKER_CONFIG: folder },
  });
}

async function listUnpublished(): Promise<string[]> {
  await rm(join(folder, 'output'), { force: true });
  const { exitCode, stdout } = await runScript('list-unpublished.ts');
  expect(`${stdout} exit code ${exitCode}`).toMatch(/exit code 0$/);
  const output = await readFile(join(folder, 'output'), 'utf8');
  expect(output).toContain('platforms=linux/amd64,linux/arm64\n');
  const images: { name: string }[] = JSON.parse(output.match(/^images=(.*)$/m)?.[1] ?? '');
  return images.map(({ name }) => name);
}

test('a service is built when its content is not in the registry for every platform', async () => {
  const images = await clone.listImages();
  expect(await listUnpublished()).toEqual(['api-gateway', 'postgres', 'query-api']);
  for (const { name, tag } of images) contents.images.set(`me/${name}:${tag}`, both);
  expect(await listUnpublished()).toEqual([]);
  const [gateway] = images;
  contents.images.set(`me/api-gateway:${gateway?.tag}`, { platforms: ['linux/amd64'], isSingle: true });
  expect(await listUnpublished()).toEqual(['api-gateway']);
  contents.images.set(`me/api-gateway:${gateway?.tag}`, both);
  await clone.write('services/query-api/main.ts', 'query two\n');
  await clone.commitAll('Change query-api');
  await clone.git('push', '--quiet', 'origin', 'main');
  expect(await listUnpublished()).toEqual(['query-api']);
});

test('the tags of what the registry has are pushed, and then there is nothing to push', async () => {
  const query = (await clone.listImages()).find(({ name }) => name === 'query-api');
  contents.images.set(`me/query-api:${query?.tag}`, both);
  const pushed = await runScript('push-tags.ts');
  expect(pushed.stdout).toMatch(/main is at [0-9a-f]{40}\./);
  // The first publication gives every image its name in this registry, too.
  const shown = await shell.run('git', ['-C', clone.folder, 'ls-remote', 'origin', 'main']);
  expect(shown.stdout).toContain(pushed.stdout.match(/main is at (\w+)/)?.[1]);
  const again = await runScript('push-tags.ts');
  expect(again.stdout).toContain('Nothing to push: all tags on main are right.');
  expect(`${pushed.stdout}${again.stdout}`).not.toContain(me.password);
});

test('a failure ends the script with 1, and says what to do', async () => {
  await clone.git('remote', 'set-url', 'origin', join(folder, 'none.git'));
  const { exitCode, stderr } = await runScript('push-tags.ts');
  expect(exitCode).toBe(1);
  expect(stderr).toContain('none.git');
});

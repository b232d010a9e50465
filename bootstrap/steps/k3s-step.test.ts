import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { shell } from '../../tests/support/go-tools.ts';
import { makeTemporaryFolder } from '../../tests/support/make-temporary-folder.ts';
import { silentContext } from '../../tests/support/silent-context.ts';
import type { RemoteMachine } from '../machines/remote.ts';
import { k3sStep, type NodeFiles } from './k3s-step.ts';

const repository = join(import.meta.dirname, '..', '..');
let folder: string;
let machine: MachineOfFiles;
let k3s: string;

/** What a machine with OpenRC has; the service does nothing but tell what it was told. */
const PROGRAMS = {
  pidof: 'test -e "$(dirname "$0")/k3s-runs"',
  'rc-update': '',
  'rc-service': ': > "$(dirname "$0")/k3s-runs"; for action; do :; done; echo "$action"',
};

/** A machine that keeps what is put on it, and runs what begins and ends an installation here, in a `/run` of its own. */
class MachineOfFiles implements RemoteMachine {
  readonly name = 'master';
  readonly files = new Map<string, string>();
  /** What the service was told. */
  readonly told: string[] = [];
  /** Whoever installs is killed before this is put there. */
  killedAt: string | undefined;

  async run(script: string) {
    if (!script.includes('/run/k3s-')) return await this.attempt();
    const own = `PATH=${folder}/bin:$PATH\n${script.replaceAll('/run/', `${folder}/run/`)}`;
    const result = await shell.run('dash', ['-euc', own]);
    this.told.push(...result.stdout.split('\n').filter((line) => /^(re)?start$/.test(line)));
    return result;
  }

  attempt() {
    return Promise.resolve({ stdout: '', stderr: '', exitCode: 0 });
  }

  write(path: string, text: string) {
    if (path === this.killedAt) return Promise.reject(new Error(`killed at ${path}`));
    const isNew = this.files.get(path) !== text;
    this.files.set(path, text);
    return Promise.resolve(isNew);
  }

  copy(localFile: string, path: string) {
    return this.write(path, localFile);
  }
}

beforeEach(async () => {
  folder = await makeTemporaryFolder('k3s-step-');
  await mkdir(join(folder, 'run'));
  await mkdir(join(folder, 'bin'));
  for (const [name, text] of Object.entries(PROGRAMS))
    await writeFile(join(folder, 'bin', name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  machine = new MachineOfFiles();
  k3s = 'the first k3s';
});

/** Installs K3s; what the step says at its end, and what the service is told. */
async function install(): Promise<{ outcome: string; told: string[] }> {
  const context = await silentContext(repository, folder);
  const files: NodeFiles = {
    source: 'release',
    k3s: async () => k3s,
    cosign: () => Promise.reject(new Error('nothing is verified here')),
    archives: async () => new Map([['components', join(folder, 'images.tar')]]),
    token: async () => 'token',
  };
  const [step] = k3sStep(context, async () => new Map([['master', machine]]), files, ['master']).steps;
  const outcome = (await step?.run(() => {})) ?? 'started';
  return { outcome, told: machine.told.splice(0) };
}

test('k3s is started, and left alone as long as nothing is new', async () => {
  expect(await install()).toEqual({ outcome: 'started', told: ['start'] });
  expect(await install()).toEqual({ outcome: 'runs', told: ['start'] });
  k3s = 'a newer k3s';
  expect(await install()).toEqual({ outcome: 'started', told: ['start', 'restart'] });
});

test.each([
  '/var/lib/rancher/k3s/agent/images/components.tar',
  '/etc/rancher/k3s/registries.yaml',
  '/etc/default/k3s',
])('killed before it writes %s, k3s is restarted by the next run, for which nothing is new', async (path) => {
  await install();
  k3s = 'a newer k3s';
  machine.killedAt = path;
  await expect(install()).rejects.toThrow('killed');
  machine.killedAt = undefined;
  expect(await install()).toEqual({ outcome: 'started', told: ['start', 'restart'] });
  expect(await install()).toEqual({ outcome: 'runs', told: ['start'] });
});

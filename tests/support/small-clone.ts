import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { requireSuccess } from './cluster-under-test.ts';
import { runCommand } from './run-command.ts';

/** A git repository in a temporary folder, with what a test writes into it. */
export class SmallClone {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async create(): Promise<SmallClone> {
    const clone = new SmallClone(await mkdtemp(join(tmpdir(), 'clone-')));
    await clone.git('init', '--quiet', '--initial-branch', 'main');
    return clone;
  }

  async git(...args: string[]): Promise<string> {
    const identity = ['-c', 'user.name=test', '-c', 'user.email=test@localhost'];
    return (await requireSuccess(runCommand('git', ['-C', this.folder, ...identity, ...args]))).stdout.trim();
  }

  /** Writes one file and commits everything; the commit. */
  async commit(path: string, text: string): Promise<string> {
    const file = join(this.folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    await this.git('add', '--all');
    await this.git('commit', '--quiet', '--message', `Write ${path}`);
    return await this.git('rev-parse', 'HEAD');
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { exists } from '../../bootstrap/artifacts/artifact.ts';
import { UserError } from '../../bootstrap/lib/errors.ts';
import { commitPaths, readHead } from '../../bootstrap/lib/git.ts';
import { provideGitAccess } from '../../bootstrap/secrets/git-access.ts';
import type { Context } from '../../bootstrap/settings/context.ts';
import { GIT_REMOTE, hasOwnGitServer } from '../../bootstrap/settings/git-source.ts';
import { configureRemote, readRemoteUrl, runGit } from '../../bootstrap/steps/git-step.ts';
import { type Files, GENERATED_FOLDER } from './generated-applications.ts';

/** Every commit of ours names the one that was there before the first of them (git-interpret-trailers(1)). */
const BASE_TRAILER = 'Scale-Base';

/**
 * A clone of a cluster's own repository, in a temporary folder, for commits that are there for a while only. The
 * branch goes back to where it was, so that whoever pushes after it needs to merge nothing.
 */
export class ScaleRepository {
  readonly #context: Context;
  readonly #branch: string;
  #base: string;

  private constructor(context: Context, base: string) {
    this.#context = context;
    this.#branch = context.cluster.settings.git.branch;
    this.#base = base;
  }

  /**
   * Clones what the cluster's git server has.
   *
   * @throws UserError where the cluster has no git server of its own, or `create` has not got that far
   */
  static async open(context: Context): Promise<ScaleRepository> {
    const { settings, name } = context.cluster;
    if (!hasOwnGitServer(settings)) {
      const remedy = 'Name a cluster whose git.source is `cluster`.';
      throw new UserError(`The cluster ${name} follows a repository elsewhere, which is left alone.`, remedy);
    }
    const url = await readRemoteUrl(context);
    if (!url) throw new UserError(`The cluster ${name} has not been created.`, './orchestrator.sh create');
    return await ScaleRepository.clone(context, async (clone) =>
      configureRemote(clone, await provideGitAccess(context), url),
    );
  }

  /**
   * Clones what a remote has.
   *
   * @param connect adds the remote to the clone whose context it is given
   */
  static async clone(context: Context, connect: (clone: Context) => Promise<void>): Promise<ScaleRepository> {
    const repository = await mkdtemp(join(tmpdir(), 'orchestrator-scale-'));
    const clone = new ScaleRepository({ ...context, repository }, '');
    try {
      await clone.#git('init', '--quiet', '.');
      await connect(clone.#context);
      await clone.#checkOutTip();
      clone.#base = (await clone.#readBase()) ?? (await clone.readHead());
      return clone;
    } catch (error) {
      await clone.close();
      throw error;
    }
  }

  /** The folder of the clone that this project is in. */
  get folder(): string {
    return join(this.#context.repository, this.#context.cluster.settings.git.path);
  }

  async readHead(): Promise<string> {
    return await readHead(this.#context.shell, this.folder);
  }

  async read(path: string): Promise<string> {
    return await readFile(join(this.folder, path), 'utf8');
  }

  /** Whether a run that was ended before its time has left something. */
  async hasLeftOver(): Promise<boolean> {
    return await exists(join(this.folder, GENERATED_FOLDER));
  }

  /**
   * Writes files, and commits them.
   *
   * @returns the commit
   */
  async commit(files: Files, subject: string): Promise<string> {
    for (const [path, text] of files) {
      const file = join(this.folder, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
    }
    const message = `${subject}\n\n${BASE_TRAILER}: ${this.#base}`;
    const revision = await commitPaths(this.#context.shell, this.folder, [...files.keys()], message);
    if (!revision) throw new Error(`${subject}: nothing has changed`);
    return revision;
  }

  /**
   * Pushes what is committed.
   *
   * @returns what git printed
   * @throws CommandError where the server has commits that this clone lacks
   */
  async push(): Promise<string> {
    return await this.#git('push', GIT_REMOTE, `HEAD:refs/heads/${this.#branch}`);
  }

  /**
   * Takes back all that was committed here, by this run or one before it: the branch is put back, or, where others
   * have pushed since, what is ours is reverted.
   *
   * @returns the commit that the branch is at then
   */
  async restore(): Promise<string> {
    await this.#checkOutTip();
    const [tip, base] = [await this.readHead(), await this.#readBase()];
    if (base) {
      const lease = `--force-with-lease=refs/heads/${this.#branch}:${tip}`;
      await this.#git('push', lease, GIT_REMOTE, `${base}:refs/heads/${this.#branch}`);
      await this.#git('reset', '--quiet', '--hard', base);
    } else if (await this.hasLeftOver()) {
      await this.#revert();
      await this.push();
    }
    return await this.readHead();
  }

  /** Removes the folder. */
  async close(): Promise<void> {
    await rm(this.#context.repository, { recursive: true, force: true });
  }

  async #checkOutTip(): Promise<void> {
    await this.#git('fetch', '--quiet', GIT_REMOTE, `refs/heads/${this.#branch}`);
    await this.#git('checkout', '--quiet', '--force', '-B', this.#branch, 'FETCH_HEAD');
    await this.#git('clean', '--quiet', '--force', '-d');
  }

  /** What the newest commit of ours names as the one before them all; none where the newest commit is another's. */
  async #readBase(revision = 'HEAD'): Promise<string | undefined> {
    const format = `--format=%(trailers:key=${BASE_TRAILER},valueonly,separator=%x20)`;
    return (await this.#git('log', '-1', format, revision)).trim() || undefined;
  }

  async #revert(): Promise<void> {
    const ours = ['log', '--format=%H', `--grep=^${BASE_TRAILER}: `];
    const [newest = ''] = (await this.#git(...ours, '-1')).split('\n');
    const commits = (await this.#git(...ours, `${await this.#readBase(newest)}..HEAD`)).trim().split('\n');
    const identity = ['-c', 'user.name=orchestrator', '-c', 'user.email=orchestrator@localhost'];
    await this.#git('revert', '--no-commit', ...commits);
    await this.#git(...identity, 'commit', '--quiet', '--message', 'Remove the generated Applications');
  }

  /** @returns what git printed */
  async #git(...args: string[]): Promise<string> {
    const { stdout, stderr, exitCode } = await runGit(this.#context, args);
    if (exitCode === 0) return `${stdout}${stderr}`;
    throw new Error(`git ${args[0]}: ${stderr.trim()}`);
  }
}

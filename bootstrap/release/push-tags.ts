import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pRetry, { AbortError } from 'p-retry';
import { imageReference, type ServiceImage } from '../artifacts/service-images.ts';
import { UserError } from '../lib/errors.ts';
import type { Shell } from '../lib/shell.ts';
import { writeImageTag } from './image-tags.ts';
import { listClusterImages } from './published-images.ts';
import { formatReleaseMessage } from './release-message.ts';

const RETRIES = 8;
const FIRST_PAUSE_MS = 500;

/** Who the commit is by; on GitHub, the account of its own workflows. */
const AUTHOR = {
  name: 'github-actions[bot]',
  email: '41898282+github-actions[bot]@users.noreply.github.com',
} as const;

/** What git says when somebody else has pushed in between (git-push(1)). */
const OVERTAKEN = /\[(remote )?rejected\]|non-fast-forward|fetch first|cannot lock ref/;

/** Where tags are pushed to, and which. */
export interface TagPush {
  readonly shell: Shell;
  /** A clone with the remote; what is checked out in it stays. */
  readonly clone: string;
  readonly remote: string;
  readonly branch: string;
  /** The registry whose clusters are meant. */
  readonly registry: string;
  /** Whether nodes can pull an image. */
  readonly isPublished: (image: ServiceImage) => Promise<boolean>;
}

/**
 * Makes one commit on the remote's branch that gives every image its tag, as far as it is published, and
 * pushes it. What somebody else has pushed meanwhile is taken over, and the tags are derived anew from it, so
 * that the commit is right for what it lies upon: images of newer sources are left to the run that builds them.
 *
 * @returns the commit, or `undefined` where all tags are right already
 */
export async function pushTags(push: TagPush): Promise<string | undefined> {
  const attempt = async () => {
    const commit = await tryPush(push).catch((error: unknown) => {
      throw error instanceof OvertakenError
        ? error
        : new AbortError(error instanceof Error ? error : String(error));
    });
    return commit;
  };
  // Whoever else tries again must not do so at the same time.
  const pauses = { retries: RETRIES, minTimeout: FIRST_PAUSE_MS, randomize: true };
  return await pRetry(attempt, pauses).catch((error: unknown) => {
    if (!(error instanceof OvertakenError)) throw error;
    throw new UserError(
      `${push.branch} was pushed to by somebody else ${RETRIES + 1} times in a row, or refuses pushes: ${error.message}`,
      'Run the workflow again. Where the branch is protected, let it take pushes of the workflow: docs/releases.md.',
      { cause: error },
    );
  });
}

class OvertakenError extends Error {}

async function tryPush({ shell, clone, remote, branch, ...tags }: TagPush): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'tags-'));
  const tree = join(folder, 'tree');
  const git = async (at: string, ...args: string[]) =>
    (await shell.run('git', ['-C', at, ...args])).stdout.trim();
  try {
    await git(clone, 'fetch', '--quiet', remote, branch);
    await git(clone, 'worktree', 'add', '--quiet', '--detach', tree, 'FETCH_HEAD');
    const released = await writeTags(tree, tags);
    if ((await git(tree, 'status', '--porcelain')) === '') return undefined;
    const identity = ['-c', `user.name=${AUTHOR.name}`, '-c', `user.email=${AUTHOR.email}`];
    await git(tree, ...identity, 'commit', '--quiet', '--all', '--message', formatReleaseMessage(released));
    const result = await shell.attempt('git', ['-C', tree, 'push', remote, `HEAD:refs/heads/${branch}`]);
    if (result.exitCode === 0) return await git(tree, 'rev-parse', 'HEAD');
    throw new (OVERTAKEN.test(result.stderr) ? OvertakenError : Error)(result.stderr.trim());
  } finally {
    await shell.attempt('git', ['-C', clone, 'worktree', 'remove', '--force', tree]);
    await rm(folder, { recursive: true, force: true });
  }
}

/** @returns the images whose tag was another in some cluster */
async function writeTags(
  tree: string,
  { registry, isPublished }: Pick<TagPush, 'registry' | 'isPublished'>,
): Promise<ServiceImage[]> {
  const released = new Map<string, ServiceImage>();
  for (const { cluster, images } of await listClusterImages(tree, registry)) {
    for (const image of images) {
      if (!(await isPublished(image))) continue;
      const changed = await writeImageTag(tree, cluster, image);
      if (changed.length > 0) released.set(imageReference(image), image);
    }
  }
  return [...released.values()];
}

import { readFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { exists } from '../artifacts/artifact.ts';
import type { ServiceImage } from '../artifacts/service-images.ts';
import { setImage } from '../cluster-folder/overlays.ts';
import { UserError } from '../lib/errors.ts';
import { readCommitted } from '../lib/git.ts';
import type { Shell } from '../lib/shell.ts';

/** What git leaves in its folder while something is under way that a commit would be mixed into (gitrepository-layout(5)). */
const UNDER_WAY = {
  MERGE_HEAD: 'merge',
  CHERRY_PICK_HEAD: 'cherry-pick',
  REVERT_HEAD: 'revert',
  'rebase-merge': 'rebase',
  'rebase-apply': 'rebase',
};

/** Checks that git is in the middle of nothing. Throws UserError when it is. */
export async function requireNothingUnderWay(shell: Shell, clone: string): Promise<void> {
  for (const [name, what] of Object.entries(UNDER_WAY)) {
    const found = await shell.run('git', ['-C', clone, 'rev-parse', '--git-path', name]);
    const path = found.stdout.trim();
    if (!(await exists(isAbsolute(path) ? path : join(clone, path)))) continue;
    throw new UserError(
      `A ${what} is under way in the clone, and a release makes a commit.`,
      `Finish it (git ${what} --continue), or give it up (git ${what} --abort).`,
    );
  }
}

/**
 * Checks that nothing of an overlay is uncommitted but the tag of the image, which a release that was killed
 * may have left.
 *
 * @param path the overlay, in the clone
 * @returns the overlay as the last commit has it
 * @throws UserError when it was never committed, or something else of it is not
 */
export async function requireCommittedOverlay(
  shell: Shell,
  clone: string,
  path: string,
  image: ServiceImage,
): Promise<string> {
  const committed = await readCommitted(shell, clone, path);
  if (committed === undefined) {
    throw new UserError(
      `${path} is not in git, so there is no tag of ${image.name} to change.`,
      '`./orchestrator.sh create` writes and commits it; for a cluster that is made elsewhere: npm run tags, git add, git commit.',
    );
  }
  const current = await readFile(join(clone, path), 'utf8').catch(() => '');
  if (setImage(current, image, path) === setImage(committed, image, path)) return committed;
  throw new UserError(
    `${path} has changes that are not committed, and the release would commit them with the tag.`,
    `Commit them (git commit ${path}) or put them aside (git stash push ${path}), then run the command again.`,
  );
}

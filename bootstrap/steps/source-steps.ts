import {
  compareWithSource,
  formatPush,
  requireSourceBranch,
  type SourceComparison,
} from '../git-source/compare-with-source.ts';
import type { SourceAccess } from '../git-source/source-git.ts';
import { readSourceTrust } from '../git-source/source-trust.ts';
import { UserError } from '../lib/errors.ts';
import { removeRemote } from '../lib/git.ts';
import type { Step } from '../lib/progress.ts';
import { waitFor } from '../lib/wait.ts';
import { readSourceCredential } from '../secrets/source-secret.ts';
import type { Context } from '../settings/context.ts';
import { GIT_REMOTE } from '../settings/git-source.ts';
import { readRemoteUrl } from './git-step.ts';

/** A person may have to be asked for a review first. */
const PUSH_TIMEOUT_MS = 900_000;
const INTERVAL_MS = 3000;

/** What the steps about a repository elsewhere take from others. */
export interface SourceInputs {
  readonly kubeseal: () => Promise<string>;
  /** Whether a person watches, who could push meanwhile. */
  readonly isWatched: boolean;
}

/** The steps of a cluster that follows a repository elsewhere, each for a moment of its own. */
export interface SourceSteps {
  /** Before anything is changed: whether Argo CD will be able to read the branch. */
  readonly check: Step;
  /** After the commit: what the person has to push. */
  readonly compare: Step;
  /** Before Argo CD is told to deploy. */
  readonly awaitPush: Step;
  /** The commit of the branch that has all that is needed; known after `awaitPush`. */
  readonly revision: () => Promise<string | undefined>;
}

/** The steps of a cluster that follows a repository elsewhere: this program can't push there, so it watches. */
export function sourceSteps(context: Context, inputs: SourceInputs): SourceSteps {
  const { source, branch } = context.cluster.settings.git;
  const access = () => readSourceAccess(context, inputs.kubeseal);
  let revision: string | undefined;
  return {
    revision: async () => revision,
    check: {
      title: `Check ${source}`,
      run: async () => requireSourceBranch(context, await access()),
    },
    compare: {
      title: `Compare with ${branch} of ${source}`,
      run: async () => {
        const lacking = await describeDifference(context, await compareWithSource(context, await access()));
        if (lacking && !inputs.isWatched) throw lacking;
        return lacking ? `push meanwhile: ${await formatPush(context)}` : 'has all that this clone has';
      },
    },
    awaitPush: {
      title: `Wait for your push to ${branch} of ${source}`,
      run: async (report) => {
        const { shell, repository } = context;
        const url = await readRemoteUrl(context);
        if (url) await removeRemote(shell, repository, GIT_REMOTE, url);
        report(await formatPush(context));
        revision = await waitForPush(context, await access());
        return revision.slice(0, 7);
      },
    },
  };
}

/** Where the repository is, and what it takes to read it, as the cluster's folder says. */
async function readSourceAccess(context: Context, kubeseal: () => Promise<string>): Promise<SourceAccess> {
  return {
    url: context.cluster.settings.git.source,
    credential: await readSourceCredential({ context, kubeseal }),
    trust: await readSourceTrust(context.cluster),
  };
}

async function waitForPush(context: Context, access: SourceAccess): Promise<string> {
  return await waitFor({
    description: `the commits of this clone on the branch ${context.cluster.settings.git.branch} of ${access.url}`,
    timeoutMs: PUSH_TIMEOUT_MS,
    intervalMs: INTERVAL_MS,
    remedy: `${await formatPush(context)}, then run the command again: it goes on where it stopped.`,
    probe: async () => {
      const comparison = await compareWithSource(context, access);
      // No push can change that.
      if (comparison.state === 'diverged') throw await describeDifference(context, comparison);
      return comparison.state === 'contained' ? comparison.tip : undefined;
    },
  });
}

/** What has to be pushed, and why; `undefined` where nothing has to be. */
async function describeDifference(
  context: Context,
  comparison: SourceComparison,
): Promise<UserError | undefined> {
  if (comparison.state === 'contained') return undefined;
  const { source, branch } = context.cluster.settings.git;
  const push = await formatPush(context);
  const rest = 'then run the command again: it goes on where it stopped.';
  if (comparison.state === 'diverged') {
    const pull = push.replace(/^git push (.*) HEAD:/, 'git pull --rebase $1 ');
    return new UserError(
      `the branch ${branch} of ${source} and this clone each have commits that the other lacks`,
      `${pull}, ${push}, ${rest}`,
    );
  }
  const commits = comparison.lacking.map((commit) => `\n  ${commit}`).join('');
  return new UserError(
    `Argo CD deploys what is on the branch ${branch} of ${source}, and these commits are only here:${commits}`,
    `${push}, ${rest}`,
  );
}

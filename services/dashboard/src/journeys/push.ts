import { z } from 'zod';

/** What GitHub's push event says, as far as it is read here; the cluster's own git server says the same. */
const pushSchema = z.object({
  ref: z.string(),
  repository: z.object({ default_branch: z.string().nullish() }).nullish(),
  before: z.string(),
  after: z.string().regex(/^[0-9a-f]{40,64}$/),
  head_commit: z.object({ message: z.string(), author: z.object({ name: z.string() }).optional() }).nullish(),
  commits: z
    .array(
      z.object({
        added: z.array(z.string()).default([]),
        removed: z.array(z.string()).default([]),
        modified: z.array(z.string()).default([]),
      }),
    )
    .default([]),
});

/** A push that somebody told of. */
export interface Push {
  readonly revision: string;
  readonly branch: string;
  /** Whether it is the branch that the repository's HEAD is; undefined where that is not told. */
  readonly isDefaultBranch?: boolean;
  /** The first line of the commit's message. */
  readonly title?: string;
  readonly author?: string;
  /** The files that it changes; undefined where that is not told. */
  readonly files?: readonly string[];
}

/**
 * Reads a push event.
 * Source: https://docs.github.com/en/webhooks/webhook-events-and-payloads#push
 * @returns undefined for what is no push to a branch, such as one of a tag
 * @throws ZodError where it is no push event at all
 */
export function parsePush(event: unknown): Push | undefined {
  const { ref, after, head_commit: head, commits, repository } = pushSchema.parse(event);
  const [, branch] = /^refs\/heads\/(.+)$/s.exec(ref) ?? [];
  if (branch === undefined || /^0+$/.test(after)) return undefined;
  const defaultBranch = repository?.default_branch;
  const files = commits.flatMap(({ added, removed, modified }) => [...added, ...removed, ...modified]);
  return {
    revision: after,
    branch,
    ...(defaultBranch ? { isDefaultBranch: branch === defaultBranch } : {}),
    ...(head ? { title: head.message.split('\n', 1)[0] ?? '' } : {}),
    ...(head?.author ? { author: head.author.name } : {}),
    ...(files.length > 0 ? { files: [...new Set(files)] } : {}),
  };
}

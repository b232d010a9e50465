import { UserError } from '../lib/errors.ts';
import type { KubernetesClient } from '../lib/kubernetes.ts';
import { hasCondition } from '../lib/managed-object.ts';
import type { Step } from '../lib/progress.ts';
import { NODE } from '../lib/resource-kinds.ts';

const BY_TAG = 'what it made is looked for by its tag';

/** What lets steps work in a cluster as long as it does its part. */
export interface Gate {
  /** Finds out whether it does; a sentence where it doesn't. */
  readonly probe: (kubernetes: () => Promise<KubernetesClient>) => Promise<string | undefined>;
  /** The step, done only as long as it does: one that fails in it is the last. */
  readonly pass: (step: Step) => Step;
}

/**
 * What is in the cluster goes with it, and must not keep it: the bill would go on.
 *
 * @param isKnown whether there is a way into it
 */
export function createGate(isKnown: boolean): Gate {
  const state = { isOpen: isKnown };
  return {
    async probe(kubernetes) {
      if (!isKnown) return 'it was never reached from here';
      const nodes = await (await kubernetes()).list(NODE).catch(() => undefined);
      // Without nodes, as when it is stopped, nothing in it that has to end does.
      state.isOpen = nodes?.some((node) => hasCondition(node, 'Ready')) ?? false;
      if (state.isOpen) return undefined;
      return `${nodes ? 'it has no node that is Ready' : 'it does not answer'}: ${BY_TAG}`;
    },
    pass: ({ title, run }) => ({
      title,
      run: async (report) => {
        if (!state.isOpen) return 'not reached';
        try {
          return (await run(report)) ?? undefined;
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
          state.isOpen = false;
          return `given up, ${BY_TAG}: ${error.message}`;
        }
      },
    }),
  };
}

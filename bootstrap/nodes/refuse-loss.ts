import { UserError } from '../lib/errors.ts';
import { type DataLoss, describeLoss } from './data-loss.ts';

/** What would lose data, and what a person may do instead. */
export interface LosingAction {
  /** Completes the sentence "To … would lose data", such as `remove agent`. */
  readonly action: string;
  /** Whole sentences. */
  readonly remedy: string;
  /** Whether a person has given up what is lost. */
  readonly isForced: boolean;
}

/**
 * Refuses what would lose data, unless that is meant.
 *
 * @returns what is lost, in words
 * @throws UserError when it is refused
 */
export function refuseLoss(losses: readonly DataLoss[], { action, remedy, isForced }: LosingAction): string {
  const reasons = losses.map(describeLoss);
  if (reasons.length === 0) return 'nothing';
  if (isForced) return `given up by --force: ${reasons.join('; ')}`;
  throw new UserError(
    `To ${action} would lose data, and nothing has been changed:\n  ${reasons.join('\n  ')}`,
    `${remedy} To lose the data: add --force.`,
  );
}

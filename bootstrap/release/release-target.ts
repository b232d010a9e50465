import type { Step } from '../lib/progress.ts';

/** Where the images of a release go, so that the nodes find them. */
export interface ReleaseTarget {
  /** Finds out whether images can be delivered there; changes nothing. */
  readonly reach: Step;
  /** Delivers the images that are not there yet; steps that don't depend on each other. */
  readonly deliver: readonly Step[];
  /** Whether others see what is delivered, so that it has to have passed its tests. */
  readonly isShared: boolean;
  /** Where the images are then, to complete the sentence "… is …". */
  readonly place: string;
}

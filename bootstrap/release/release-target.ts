import type { ServiceImage } from '../artifacts/service-images.ts';
import type { Report, Step, StepGroup } from '../lib/progress.ts';

/** Where the images of a release go, so that the nodes find them. */
export interface ReleaseTarget {
  /** Finds out whether images can be delivered there; changes nothing. */
  readonly reach: Step;
  /** Makes an image ready to be delivered; delivers nothing. */
  prepare(image: ServiceImage, report: Report): Promise<unknown>;
  /** Delivers the images that are not there yet. */
  readonly deliver: Step | StepGroup;
  /** Where the images are then, to complete the sentence "… is …". */
  readonly place: string;
}

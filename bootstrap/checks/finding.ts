/** What could be done about a problem without asking anybody, by root on Debian. */
export type Repair =
  | { readonly kind: 'install'; readonly packages: readonly string[] }
  | { readonly kind: 'start-docker'; readonly client: string }
  | { readonly kind: 'delete-bridges'; readonly names: readonly string[] };

/** The result of one check of the machine that this program runs on. */
export interface Finding {
  /** What was looked at, in a word or two. */
  readonly subject: string;
  readonly isFine: boolean;
  /** What was found, with the values. */
  readonly detail: string;
  /** How a person mends it; empty when all is fine. */
  readonly remedy?: string;
  readonly repair?: Repair;
}

/** One check: reads, changes nothing. */
export type Check = () => Promise<Finding>;

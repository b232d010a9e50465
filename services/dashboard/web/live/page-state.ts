import type { Hello, Sample, View } from '../../src/view/view.ts';

/** How this page stands to its server. */
export type ServerConnection =
  | { readonly status: 'connecting' }
  | { readonly status: 'connected' }
  /** `sinceMs` by this machine's clock. */
  | { readonly status: 'lost'; readonly sinceMs: number }
  /** The session is over, or its token is another. */
  | { readonly status: 'logged out' };

/** All that the page knows. */
export interface PageState {
  readonly server: ServerConnection;
  readonly hello?: Hello;
  /** The parts that have come so far. */
  readonly view: Partial<View>;
  readonly samples: readonly Sample[];
  /** How far the server's clock is ahead of this machine's, in milliseconds. */
  readonly clockAheadMs: number;
}

export const initialState: PageState = {
  server: { status: 'connecting' },
  view: {},
  samples: [],
  clockAheadMs: 0,
};

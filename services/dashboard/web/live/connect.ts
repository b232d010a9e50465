import type { Hello, Sample } from '../../src/view/view.ts';
import { initialState, type PageState } from './page-state.ts';
import { ServerEvents } from './server-events.ts';

const keptSamples = 450;

/**
 * Keeps the page connected to its server, and tells of all that is new.
 * @param onState called with each new state of the page
 */
export function connect(onState: (state: PageState) => void): void {
  let state = initialState;
  const update = (change: Partial<PageState>) => {
    state = { ...state, ...change };
    onState(state);
  };
  const events = new ServerEvents('api/events', {
    onLost: () => {
      if (state.server.status === 'connected') update({ server: { status: 'lost', sinceMs: Date.now() } });
    },
    onLoggedOut: () => update({ server: { status: 'logged out' } }),
  });
  events.on('hello', (hello: Hello) => {
    const clockAheadMs = hello.nowMs - Date.now();
    update({ server: { status: 'connected' }, hello, samples: hello.samples, clockAheadMs });
  });
  events.on('section', ({ section, value }: { section: string; value: unknown }) =>
    update({ view: { ...state.view, [section]: value } }),
  );
  events.on('sample', (sample: Sample) =>
    update({ samples: [...state.samples, sample].slice(-keptSamples) }),
  );
  events.open();
}

import 'uplot/dist/uPlot.min.css';
import './page.css';
import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Verdict } from '../src/view/view.ts';
import { connect } from './live/connect.ts';
import { initialState, type PageState } from './live/page-state.ts';
import type { LogQuery } from './live/use-logs.ts';
import { Applications } from './parts/applications.tsx';
import { Commits } from './parts/commits.tsx';
import { Data } from './parts/data.tsx';
import { Logs } from './parts/logs.tsx';
import { Masthead, StaleNotice } from './parts/masthead.tsx';
import { Nodes } from './parts/nodes.tsx';
import { Pods } from './parts/pods.tsx';
import { Services } from './parts/services.tsx';
import { VerdictBand } from './parts/verdict.tsx';

const looking: Verdict = {
  tone: 'unknown',
  title: 'Looking',
  findings: [],
  summary: 'The first look takes a moment.',
};
const allLines: LogQuery = { component: '', level: '', requestId: '', search: '' };

function Page({ state }: { readonly state: PageState }) {
  const { view, samples, clockAheadMs, hello } = state;
  const [query, setQuery] = useState(allLines);
  useSearchKey();
  const pods = view.pods ?? [];
  const readLogs = (component: string) => {
    setQuery({ ...allLines, component });
    document.getElementById('logs')?.scrollIntoView();
  };
  const isStale = state.server.status !== 'connected' || view.connection?.status === 'lost';
  return (
    <>
      <Masthead state={state} />
      <StaleNotice state={state} />
      <main class={isStale ? 'stale' : ''}>
        <VerdictBand verdict={view.verdict ?? looking} cluster={hello?.cluster ?? 'orchestrator'} />
        <Commits journeys={view.journeys ?? []} clockAheadMs={clockAheadMs} />
        <Services services={view.services ?? []} samples={samples} />
        <Data queues={view.queues ?? []} databases={view.databases ?? []} />
        <Nodes nodes={view.nodes ?? []} />
        <Applications applications={view.applications ?? []} />
        <Pods pods={pods} clockAheadMs={clockAheadMs} onReadLogs={readLogs} />
        <Logs
          components={[...new Set(pods.map(({ component }) => component))].sort()}
          query={query}
          onQuery={setQuery}
        />
      </main>
      <footer>
        Read-only · times are this page's own where they have tenths, else the cluster's · dashboard{' '}
        {hello?.version}
      </footer>
    </>
  );
}

/** `/` leads to the search, as on many pages. */
function useSearchKey(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const isTyping = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
      if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      document.querySelector<HTMLInputElement>('input[name=search]')?.focus();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
}

function start(): void {
  const root = document.getElementById('page');
  if (!root) throw new Error('The page has no place for its content');
  let isScheduled = false;
  let newest = initialState;
  const draw = () => {
    isScheduled = false;
    render(<Page state={newest} />, root);
  };
  draw();
  // Much may come at once; a timer also runs where the page is not on top.
  connect((state) => {
    newest = state;
    if (isScheduled) return;
    isScheduled = true;
    setTimeout(draw, 16);
  });
}

start();

import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { type LogQuery, useLogs } from '../live/use-logs.ts';
import { LogForm } from './log-form.tsx';
import { LineList } from './log-lines.tsx';

/** Logs of any component, as they come; a click on a request's id shows that request in all of them. */
export function Logs({
  components,
  query,
  onQuery,
}: {
  readonly components: readonly string[];
  readonly query: LogQuery;
  readonly onQuery: (query: LogQuery) => void;
}) {
  const section = useRef<HTMLElement>(null);
  const isWanted = useWasSeen(section);
  const { lines, dropped, isConnected } = useLogs(query, isWanted);
  const showRequest = useCallback(
    (requestId: string) => onQuery({ component: '', level: '', search: '', requestId }),
    [onQuery],
  );
  return (
    <section id="logs" aria-labelledby="logs-title" tabIndex={-1} ref={section}>
      <h2 id="logs-title">Logs</h2>
      <LogForm components={components} query={query} onQuery={onQuery} />
      <p class="hint">
        {/* Not the count, which would be read out with every line. */}
        <span role="status">{isConnected ? 'live' : 'connecting'}</span> · {lines.length} lines
        {dropped > 0 && `; ${dropped} more came faster than they can be shown: filter them`}
      </p>
      <LineList lines={lines} onRequest={showRequest} />
    </section>
  );
}

/** Whether an element has been seen: logs are read only when somebody looks. */
function useWasSeen(element: { readonly current: HTMLElement | null }): boolean {
  const [wasSeen, setSeen] = useState(false);
  useEffect(() => {
    if (!element.current) return;
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting) setSeen(true);
      },
      { rootMargin: '200px' },
    );
    observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return wasSeen;
}

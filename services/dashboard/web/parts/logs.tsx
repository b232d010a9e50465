import { memo } from 'preact/compat';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { LogLevel } from '../../src/view/view.ts';
import { formatTime } from '../format/times.ts';
import { type LogQuery, type NumberedLine, useLogs } from '../live/use-logs.ts';

const levels: readonly (readonly [LogLevel, string])[] = [
  ['debug', 'debug and above'],
  ['info', 'info and above'],
  ['warn', 'warnings and errors'],
  ['error', 'errors'],
];

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
      <p class="hint" role="status">
        {isConnected ? `${lines.length} lines` : 'connecting'}
        {dropped > 0 && `; ${dropped} more came faster than they can be shown: filter them`}
      </p>
      <LineList lines={lines} onRequest={showRequest} />
    </section>
  );
}

function LogForm({
  components,
  query,
  onQuery,
}: {
  readonly components: readonly string[];
  readonly query: LogQuery;
  readonly onQuery: (query: LogQuery) => void;
}) {
  return (
    <form class="filters" onSubmit={(event) => event.preventDefault()}>
      <label>
        Component
        <select
          value={query.component}
          onChange={({ currentTarget }) => onQuery({ ...query, component: currentTarget.value })}
        >
          <option value="">all</option>
          {components.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        Level
        <select
          value={query.level}
          onChange={({ currentTarget }) => onQuery({ ...query, level: currentTarget.value as LogLevel | '' })}
        >
          <option value="">all</option>
          {levels.map(([level, title]) => (
            <option key={level} value={level}>
              {title}
            </option>
          ))}
        </select>
      </label>
      <TextField
        title="Request id"
        name="request"
        maxLength={100}
        value={query.requestId}
        onValue={(requestId) => onQuery({ ...query, requestId })}
      />
      <TextField
        title="Search ( / )"
        name="search"
        maxLength={200}
        value={query.search}
        onValue={(search) => onQuery({ ...query, search })}
      />
      <button type="button" onClick={() => onQuery({ component: '', level: '', requestId: '', search: '' })}>
        Show all
      </button>
    </form>
  );
}

const typingMs = 300;

/** A field that tells its text when nobody has typed for a moment. */
function TextField({
  title,
  name,
  maxLength,
  value,
  onValue,
}: {
  readonly title: string;
  readonly name: string;
  /** More is refused by the server. */
  readonly maxLength: number;
  readonly value: string;
  readonly onValue: (value: string) => void;
}) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => onValue(text.trim()), typingMs);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <label>
      {title}
      <input
        type="search"
        name={name}
        maxLength={maxLength}
        value={text}
        autocomplete="off"
        spellcheck={false}
        onInput={({ currentTarget }) => setText(currentTarget.value)}
      />
    </label>
  );
}

const LineList = memo(function LineList({
  lines,
  onRequest,
}: {
  readonly lines: readonly NumberedLine[];
  readonly onRequest: (id: string) => void;
}) {
  const list = useRef<HTMLOListElement>(null);
  const [isFollowing, setFollowing] = useState(true);
  useEffect(() => {
    if (isFollowing && list.current) list.current.scrollTop = list.current.scrollHeight;
  }, [lines, isFollowing]);
  const onScroll = () => {
    const { scrollTop = 0, clientHeight = 0, scrollHeight = 0 } = list.current ?? {};
    setFollowing(scrollHeight - scrollTop - clientHeight < 40);
  };
  return (
    <div class="lines">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <ol ref={list} tabIndex={0} aria-label="Lines of logs" onScroll={onScroll}>
        {lines.map((line) => (
          <Line key={line.number} line={line} onRequest={onRequest} />
        ))}
      </ol>
      {!isFollowing && (
        <button type="button" class="newest" onClick={() => setFollowing(true)}>
          To the newest
        </button>
      )}
    </div>
  );
});

/** Drawn once: a line never changes. */
const Line = memo(function Line({
  line,
  onRequest,
}: {
  readonly line: NumberedLine;
  readonly onRequest: (id: string) => void;
}) {
  const { atMs, component, pod, level, requestId, message, text } = line;
  return (
    <li class={`line ${level ?? ''}`} data-component={component}>
      <time dateTime={new Date(atMs).toISOString()}>{formatTime(atMs)}</time>{' '}
      <span class="level">{level ?? ''}</span>{' '}
      <span class="component" title={pod}>
        {component}
      </span>{' '}
      <span class="message" title={text}>
        {message}
      </span>{' '}
      {requestId && (
        <button
          type="button"
          class="request"
          title="Show this request in all components"
          onClick={() => onRequest(requestId)}
        >
          {requestId}
        </button>
      )}
    </li>
  );
});

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

import { useEffect, useState } from 'preact/hooks';
import type { LogLevel } from '../../src/view/view.ts';
import type { LogQuery } from '../live/use-logs.ts';

const levels: readonly (readonly [LogLevel, string])[] = [
  ['debug', 'debug and above'],
  ['info', 'info and above'],
  ['warn', 'warnings and errors'],
  ['error', 'errors'],
];

/** Which lines are wanted. */
export function LogForm({
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

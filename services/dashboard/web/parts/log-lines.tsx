import { memo } from 'preact/compat';
import { useEffect, useRef, useState } from 'preact/hooks';
import { formatTime } from '../format/times.ts';
import type { NumberedLine } from '../live/use-logs.ts';

/** Lines, and the way back to the newest for those who have gone back. */
export const LineList = memo(function LineList({
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
  const { atMs, component, level, requestId, message } = line;
  const [isWhole, setWhole] = useState(false);
  return (
    <li class={`line ${level ?? ''}`} data-component={component}>
      <time dateTime={new Date(atMs).toISOString()}>{formatTime(atMs)}</time>{' '}
      <span class="level">{level ?? ''}</span> <span class="component">{component}</span>{' '}
      <span class="message">{message}</span>{' '}
      {requestId && (
        <button
          type="button"
          title="Show this request in all components"
          onClick={() => onRequest(requestId)}
        >
          {requestId}
        </button>
      )}{' '}
      <button
        type="button"
        title="The whole line, as it was printed"
        aria-label="The whole line"
        aria-expanded={isWhole}
        onClick={() => setWhole(!isWhole)}
      >
        {isWhole ? '−' : '+'}
      </button>
      {isWhole && <WholeLine line={line} />}
    </li>
  );
});

function WholeLine({ line: { pod, container, text } }: { readonly line: NumberedLine }) {
  return (
    <p class="whole">
      <span class="origin">
        {pod}, container {container}
      </span>
      <code>{text}</code>
    </p>
  );
}

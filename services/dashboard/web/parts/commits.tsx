import type { Journey, Stage, StageName } from '../../src/view/view.ts';
import { formatDuration, formatTime } from '../format/times.ts';
import { useClock } from '../live/use-clock.ts';
import { ToneMark } from './tone.tsx';

const titles: Readonly<Record<StageName, string>> = {
  pushed: 'Pushed',
  synced: 'Synced',
  image: 'Image',
  ready: 'Pods ready',
  answered: 'First answer',
};

const marks: Readonly<Record<Stage['state'], string>> = {
  done: '✓',
  doing: '…',
  waiting: '',
  skipped: '–',
  failed: '!',
  unknown: '?',
};

/** The way of the newest commits, the newest one large. */
export function Commits({
  journeys,
  clockAheadMs,
}: {
  readonly journeys: readonly Journey[];
  readonly clockAheadMs: number;
}) {
  const [newest, ...others] = journeys;
  return (
    <section id="commits" aria-labelledby="commits-title" tabIndex={-1}>
      <h2 id="commits-title">The newest commit</h2>
      {newest ? (
        <Newest journey={newest} clockAheadMs={clockAheadMs} />
      ) : (
        <p class="empty">None has been seen yet.</p>
      )}
      {others.length > 0 && (
        <details open={others.length <= 3}>
          <summary>Before it: {others.length}</summary>
          <ul class="commits">
            {others.map((journey) => (
              <Earlier key={journey.revision} journey={journey} />
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

function Newest({ journey, clockAheadMs }: { readonly journey: Journey; readonly clockAheadMs: number }) {
  const nowMs = useClock(250) + clockAheadMs;
  const { stages } = journey;
  return (
    <article class={`journey ${journey.tone}`} data-revision={journey.revision}>
      <p class="headline">
        <ToneMark tone={journey.tone} /> <Title journey={journey} />
        <strong class="status">{journey.status}</strong>
        <Total stages={stages} />
      </p>
      <ol class="stages">
        {stages.map((stage, index) => (
          <li
            key={stage.name}
            class={`stage ${stage.state}`}
            data-stage={stage.name}
            data-state={stage.state}
          >
            <span class="station" aria-hidden="true">
              {marks[stage.state]}
            </span>
            <span class="label">{titles[stage.name]}</span>
            <span class="heard">{stage.state}</span>
            <StageTime stage={stage} stages={stages} index={index} nowMs={nowMs} />
            <span class="detail">{stage.detail}</span>
          </li>
        ))}
      </ol>
    </article>
  );
}

function StageTime({
  stage,
  stages,
  index,
  nowMs,
}: {
  readonly stage: Stage;
  readonly stages: readonly Stage[];
  readonly index: number;
  readonly nowMs: number;
}) {
  const firstMs = startOf(stages);
  if (stage.atMs !== undefined) {
    const isFirst = stage.atMs === firstMs;
    return (
      <time class="time" dateTime={new Date(stage.atMs).toISOString()}>
        {isFirst || !stage.isExact
          ? formatTime(stage.atMs, stage.isExact)
          : `+${formatDuration(stage.atMs - (firstMs ?? stage.atMs))}`}
      </time>
    );
  }
  const before = stages.slice(0, index).findLast(({ atMs }) => atMs !== undefined);
  if (stage.state !== 'doing' || before?.atMs === undefined) return <span class="time" />;
  return <span class="time running">{formatDuration(nowMs - before.atMs)}</span>;
}

function Earlier({ journey }: { readonly journey: Journey }) {
  return (
    <li class={`commit ${journey.tone}`}>
      <ToneMark tone={journey.tone} /> <Title journey={journey} />
      <span class="dots" aria-hidden="true">
        {journey.stages.map(({ name, state }) => (
          <span key={name} class={`dot ${state}`} title={`${titles[name]}: ${state}`} />
        ))}
      </span>
      <span class="standing">{journey.status}</span>
      <Total stages={journey.stages} />
    </li>
  );
}

function Title({ journey: { revision, title, author } }: { readonly journey: Journey }) {
  return (
    <span class="title">
      <code>{revision.slice(0, 7)}</code> {title}
      {author && <span class="author"> by {author}</span>}
    </span>
  );
}

/** How long it took in all, or when it was. */
function Total({ stages }: { readonly stages: readonly Stage[] }) {
  const times = stages.flatMap(({ atMs, isExact }) =>
    atMs === undefined ? [] : [{ atMs, isExact: isExact === true }],
  );
  const [first] = times;
  if (!first) return null;
  const last = Math.max(...times.map(({ atMs }) => atMs));
  const isExact = times.every((one) => one.isExact);
  return (
    <span class="total">
      {isExact && times.length > 1 ? `${formatDuration(last - first.atMs)} since ` : ''}
      {formatTime(first.atMs, false)}
    </span>
  );
}

function startOf(stages: readonly Stage[]): number | undefined {
  return stages.find(({ atMs }) => atMs !== undefined)?.atMs;
}

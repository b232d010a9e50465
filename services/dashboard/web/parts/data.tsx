import type { DatabaseView, QueueView } from '../../src/view/view.ts';
import { formatBytes } from '../format/numbers.ts';
import { ToneMark } from './tone.tsx';

/** The queues and the databases. */
export function Data({
  queues,
  databases,
}: {
  readonly queues: readonly QueueView[];
  readonly databases: readonly DatabaseView[];
}) {
  return (
    <section id="data" aria-labelledby="data-title" tabIndex={-1}>
      <h2 id="data-title">Queues and databases</h2>
      <div class="cards">
        {queues.map(({ name, tone, ready, unacknowledged, consumers }) => (
          <article key={name} class={`card ${tone}`} data-queue={name}>
            <h3>
              <ToneMark tone={tone} /> {name}
            </h3>
            <p>
              <strong class="figure">{ready}</strong> waiting
            </p>
            <p>
              {unacknowledged} being written · {consumers} {consumers === 1 ? 'reader' : 'readers'}
            </p>
          </article>
        ))}
        {databases.map((database) => (
          <Database key={database.name} database={database} />
        ))}
        {queues.length + databases.length === 0 && <p class="empty">Nothing has told of itself yet.</p>}
      </div>
    </section>
  );
}

function Database({ database }: { readonly database: DatabaseView }) {
  const { name, tone, leader, standbys, missing } = database;
  return (
    <article class={`card ${tone}`} data-database={name}>
      <h3>
        <ToneMark tone={tone} /> {name}
      </h3>
      <p>{leader ? <span>{leader} leads</span> : <strong>nobody leads</strong>}</p>
      {standbys.map(({ name: standby, lagBytes, isSynchronous }) => (
        <p key={standby}>
          {standby} {isSynchronous ? 'in step, ' : ''}
          {lagBytes === undefined ? 'follows nobody' : <strong>{formatBytes(lagBytes)} behind</strong>}
        </p>
      ))}
      {missing > 0 && (
        <p>
          <strong>{missing}</strong> of {missing + standbys.length + (leader ? 1 : 0)} can't be asked
        </p>
      )}
      {standbys.length + missing === 0 && <p>no standby</p>}
    </article>
  );
}

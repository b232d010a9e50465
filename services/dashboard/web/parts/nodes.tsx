import type { Load, NodeView } from '../../src/view/view.ts';
import { formatBytes } from '../format/numbers.ts';
import { ToneMark } from './tone.tsx';

/** The machines, and how much of them is used. */
export function Nodes({ nodes }: { readonly nodes: readonly NodeView[] }) {
  return (
    <section id="nodes" aria-labelledby="nodes-title" tabIndex={-1}>
      <h2 id="nodes-title">Nodes</h2>
      <div class="cards">
        {nodes.map(({ name, tone, status, version, pods, cpu, memory }) => (
          <article key={name} class={`card ${tone}`} data-node={name}>
            <h3>
              <ToneMark tone={tone} /> {name}
            </h3>
            <p>
              {status} · {pods} pods · {version}
            </p>
            <LoadBar title="CPU" load={cpu} format={(value) => value.toFixed(2)} unit="cores" />
            <LoadBar title="Memory" load={memory} format={formatBytes} unit="" />
          </article>
        ))}
      </div>
    </section>
  );
}

function LoadBar({
  title,
  load,
  format,
  unit,
}: {
  readonly title: string;
  readonly load: Load | undefined;
  readonly format: (value: number) => string;
  readonly unit: string;
}) {
  if (!load) return <p class="load">{title}: not told</p>;
  const portion = load.used / load.total;
  return (
    <p class="load">
      <span>
        {title} {Math.round(portion * 100)} %
      </span>
      <meter min={0} max={1} high={0.85} value={Math.min(1, portion)} aria-label={title} />
      <span>
        {format(load.used)} of {format(load.total)} {unit}
      </span>
    </p>
  );
}

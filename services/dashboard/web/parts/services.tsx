import { useMemo } from 'preact/hooks';
import type { RequestFigures, Sample, ServiceView } from '../../src/view/view.ts';
import { formatMilliseconds, formatRate } from '../format/numbers.ts';
import { Chart } from './chart.tsx';
import { ToneMark } from './tone.tsx';

const charts = [
  {
    title: 'Requests a second',
    read: (figures: RequestFigures) => figures.requestsPerSecond,
    format: formatRate,
  },
  {
    title: 'Errors a second',
    read: (figures: RequestFigures) => figures.errorsPerSecond,
    format: formatRate,
  },
  {
    title: '99th percentile',
    read: (figures: RequestFigures) => figures.p99Ms,
    format: formatMilliseconds,
  },
] as const;

/** What the services answer, how often, how fast, and how often not. */
export function Services({
  services,
  samples,
}: {
  readonly services: readonly ServiceView[];
  readonly samples: readonly Sample[];
}) {
  const names = services.map(({ name }) => name);
  const times = useMemo(() => samples.map(({ atMs }) => atMs / 1000), [samples]);
  return (
    <section id="services" aria-labelledby="services-title" tabIndex={-1}>
      <h2 id="services-title">Requests</h2>
      <div class="charts">
        {charts.map(({ title, read, format }) => {
          const series = Object.fromEntries(
            names.map((name) => [name, samples.map(({ services: all }) => readFigure(all[name], read))]),
          );
          return <Chart key={title} title={title} times={times} series={series} format={format} />;
        })}
      </div>
      <table>
        <thead>
          <tr>
            <th scope="col">Service</th>
            <th scope="col">Pods</th>
            <th scope="col">Requests/s</th>
            <th scope="col">Errors/s</th>
            <th scope="col">p99</th>
          </tr>
        </thead>
        <tbody>
          {services.map(({ name, tone, readyPods, pods, figures }, index) => (
            <tr key={name} class={tone} data-service={name}>
              <th scope="row">
                <span class={`swatch series-${(index % 6) + 1}`} aria-hidden="true" />
                <ToneMark tone={tone} /> {name}
              </th>
              <td data-label="Pods">
                {readyPods} of {pods}
              </td>
              <td data-label="Requests/s">{figures ? formatRate(figures.requestsPerSecond) : '–'}</td>
              <td data-label="Errors/s">{figures ? formatRate(figures.errorsPerSecond) : '–'}</td>
              <td data-label="p99">
                {figures?.p99Ms === undefined ? '–' : formatMilliseconds(figures.p99Ms)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function readFigure(
  figures: RequestFigures | undefined,
  read: (figures: RequestFigures) => number | undefined,
): number | null {
  return figures === undefined ? null : (read(figures) ?? null);
}

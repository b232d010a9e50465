import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { formatTime } from '../format/times.ts';

export interface ChartProps {
  readonly title: string;
  /** Seconds since 1970. */
  readonly times: readonly number[];
  /** One for each name, of the times' length. */
  readonly series: Readonly<Record<string, readonly (number | null)[]>>;
  readonly format: (value: number) => string;
}

const height = 140;

/** A line for each name over the last minutes. The same figures are in the table beside it, for those who can't see it. */
export function Chart({ title, times, series, format }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | undefined>(undefined);
  const names = Object.keys(series);
  const shape = names.join(' ');
  const data = useRef<uPlot.AlignedData>([[]]);
  data.current = [[...times], ...names.map((name) => [...(series[name] ?? [])])];
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const draw = () => {
      chart.current?.destroy();
      chart.current = new uPlot(describeChart(element, names, format), data.current, element);
    };
    draw();
    const resize = new ResizeObserver(() => chart.current?.setSize({ width: element.clientWidth, height }));
    resize.observe(element);
    const colours = matchMedia('(prefers-color-scheme: dark)');
    colours.addEventListener('change', draw);
    window.addEventListener('themechange', draw);
    return () => {
      resize.disconnect();
      colours.removeEventListener('change', draw);
      window.removeEventListener('themechange', draw);
      chart.current?.destroy();
      chart.current = undefined;
    };
    // Drawn anew only for other lines; new figures come below.
  }, [shape]);
  useEffect(() => chart.current?.setData(data.current), [times]);
  return (
    <figure class="chart">
      <figcaption>{title}</figcaption>
      <div
        ref={place}
        role="img"
        aria-label={`${title} of the last minutes; the newest figures are in the table`}
      />
    </figure>
  );
}

function describeChart(
  element: HTMLElement,
  names: readonly string[],
  format: (value: number) => string,
): uPlot.Options {
  // What a variable comes to in this theme is told of an element's colour only.
  const colour = (name: string) => {
    element.style.color = `var(${name})`;
    return getComputedStyle(element).color;
  };
  const axis = {
    stroke: colour('--quiet'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
  };
  return {
    width: element.clientWidth,
    height,
    legend: { show: false },
    cursor: { points: { size: 6 }, y: false },
    padding: [8, 8, 0, 0],
    scales: { y: { range: (_chart, _min, max) => [0, Math.max(max ?? 0, 0.1) * 1.1] } },
    axes: [
      {
        ...axis,
        size: 28,
        space: 80,
        values: (_chart, seconds) => seconds.map((second) => formatTime(second * 1000, false)),
      },
      { ...axis, size: 58, space: 30, values: (_chart, values) => values.map(format) },
    ],
    series: [
      {},
      ...names.map((name, index) => ({
        label: name,
        stroke: colour(`--series-${(index % 6) + 1}`),
        width: 2,
        points: { show: false },
      })),
    ],
  };
}

import type { PodView } from '../../src/view/view.ts';
import { formatBytes } from '../format/numbers.ts';
import { formatAge } from '../format/times.ts';
import { useClock } from '../live/use-clock.ts';
import { ToneMark } from './tone.tsx';

/** All pods, those that need a look first. */
export function Pods({
  pods,
  clockAheadMs,
  onReadLogs,
}: {
  readonly pods: readonly PodView[];
  readonly clockAheadMs: number;
  readonly onReadLogs: (component: string) => void;
}) {
  const nowMs = useClock(1000) + clockAheadMs;
  const sorted = [...pods].sort((one, other) => Number(one.tone === 'good') - Number(other.tone === 'good'));
  return (
    <section id="pods" aria-labelledby="pods-title" tabIndex={-1}>
      <h2 id="pods-title">Pods</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">Pod</th>
            <th scope="col">Status</th>
            <th scope="col">Ready</th>
            <th scope="col">Restarts</th>
            <th scope="col">Age</th>
            <th scope="col">Node</th>
            <th scope="col">Load</th>
            <th scope="col">Logs</th>
          </tr>
        </thead>
        <tbody>
          {sorted.map((pod) => (
            <tr key={`${pod.namespace}/${pod.name}`} class={pod.tone} data-pod={pod.name}>
              <th scope="row" title={pod.images.join(', ')}>
                <ToneMark tone={pod.tone} /> {pod.name}
              </th>
              <td data-label="Status">{pod.status}</td>
              <td data-label="Ready">{pod.ready}</td>
              <td data-label="Restarts">
                {pod.restarts}
                {pod.lastRestart && <span class="message"> {pod.lastRestart}</span>}
              </td>
              <td data-label="Age">{formatAge(nowMs - pod.createdMs)}</td>
              <td data-label="Node">{pod.node}</td>
              <td data-label="Load">
                {pod.cpu === undefined ? '–' : `${pod.cpu.toFixed(2)} · ${formatBytes(pod.memoryBytes ?? 0)}`}
              </td>
              <td data-label="Logs">
                <button type="button" class="plain" onClick={() => onReadLogs(pod.component)}>
                  read<span class="heard"> those of {pod.component}</span>
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

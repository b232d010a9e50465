import type { ApplicationView } from '../../src/view/view.ts';
import { ToneMark } from './tone.tsx';

/** What Argo CD keeps as git has it. */
export function Applications({ applications }: { readonly applications: readonly ApplicationView[] }) {
  return (
    <section id="applications" aria-labelledby="applications-title" tabIndex={-1}>
      <h2 id="applications-title">Applications</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">Application</th>
            <th scope="col">Sync</th>
            <th scope="col">Health</th>
            <th scope="col">Commit</th>
            <th scope="col">Drift</th>
          </tr>
        </thead>
        <tbody>
          {applications.map(({ name, tone, sync, health, revision, drift, message }) => (
            <tr key={name} class={tone} data-application={name}>
              <th scope="row">
                <ToneMark tone={tone} /> {name}
              </th>
              <td data-label="Sync">{sync}</td>
              <td data-label="Health">{health}</td>
              <td data-label="Commit">
                <code>{revision.slice(0, 7)}</code>
              </td>
              <td data-label="Drift">
                {drift.length === 0 ? 'none' : drift.join(', ')}
                {message && <p class="message">{message}</p>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

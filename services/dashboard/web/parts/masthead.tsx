import { formatAge, formatTime } from '../format/times.ts';
import type { PageState } from '../live/page-state.ts';
import { useClock } from '../live/use-clock.ts';
import { ThemeSwitch } from './theme-switch.tsx';

const sections = [
  ['commits', 'Commits'],
  ['services', 'Requests'],
  ['data', 'Data'],
  ['nodes', 'Nodes'],
  ['applications', 'Applications'],
  ['pods', 'Pods'],
  ['logs', 'Logs'],
] as const;

/** Which cluster this is, the ways to the parts, and whether what is shown is what is. */
export function Masthead({ state }: { readonly state: PageState }) {
  return (
    <header class="masthead">
      <a class="skip" href="#commits">
        To the content
      </a>
      <p class="name">
        <img src="icon.svg" alt="" width="24" height="24" /> {state.hello?.cluster ?? 'orchestrator'}
      </p>
      <nav aria-label="Parts of the page">
        {sections.map(([name, title]) => (
          <a key={name} href={`#${name}`}>
            {title}
          </a>
        ))}
      </nav>
      <ConnectionMark state={state} />
      <ThemeSwitch />
    </header>
  );
}

function ConnectionMark({ state: { server } }: { readonly state: PageState }) {
  const text = {
    connecting: 'connecting',
    connected: 'live',
    lost: 'not connected',
    'logged out': 'logged out',
  };
  return (
    <p class={`connection ${server.status === 'connected' ? 'good' : 'bad'}`} role="status">
      <span class="dot" aria-hidden="true" /> {text[server.status]}
    </p>
  );
}

/** Says that what is shown is old, and how old. */
export function StaleNotice({ state: { server } }: { readonly state: PageState }) {
  const nowMs = useClock(1000);
  if (server.status === 'logged out') {
    return (
      <p class="notice" role="alert">
        The session is over. This prints the address with the token: <code>./orchestrator.sh ui</code>
      </p>
    );
  }
  if (server.status !== 'lost') return null;
  return (
    <p class="notice">
      <span role="alert">
        No connection: what is shown is of {formatTime(server.sinceMs, false)}. Trying again every second.
      </span>{' '}
      {/* Not in the alert, which would be read out with every second. */}
      <span class="age">{formatAge(nowMs - server.sinceMs)} so far.</span>
    </p>
  );
}

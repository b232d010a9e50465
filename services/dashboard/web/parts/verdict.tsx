import { useEffect } from 'preact/hooks';
import type { Verdict } from '../../src/view/view.ts';
import { ToneMark } from './tone.tsx';

/** How many findings are told before the rest is counted. */
const shownFindings = 6;

/** Whether all is well, in one glance. */
export function VerdictBand({ verdict, cluster }: { readonly verdict: Verdict; readonly cluster: string }) {
  const { tone, title, findings, summary } = verdict;
  useEffect(() => {
    document.title = `${title} · ${cluster}`;
  }, [title, cluster]);
  return (
    <section class={`verdict ${tone}`} aria-labelledby="verdict-title">
      <ToneMark tone={tone} />
      <div>
        <h1 id="verdict-title" aria-live="polite">
          {title}
        </h1>
        <p>{summary}</p>
        {findings.length > 0 && (
          <ul class="findings">
            {findings.slice(0, shownFindings).map((finding) => (
              <li key={`${finding.section} ${finding.text}`}>
                <ToneMark tone={finding.tone} /> <a href={`#${finding.section}`}>{finding.text}</a>
              </li>
            ))}
            {findings.length > shownFindings && <li>and {findings.length - shownFindings} more, below</li>}
          </ul>
        )}
      </div>
    </section>
  );
}

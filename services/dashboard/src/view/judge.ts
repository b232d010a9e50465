import type { DatabaseView, Finding, QueueView, SectionName, Tone, Verdict, View } from './view.ts';

const ranks: Readonly<Record<Tone, number>> = { bad: 0, busy: 1, unknown: 2, good: 3 };

/** Says whether all is well, from what the page shows: nothing is judged that can't be seen there. */
export function judge(view: Omit<View, 'verdict'>): Verdict {
  const findings = listFindings(view).sort((one, other) => ranks[one.tone] - ranks[other.tone]);
  const tone = view.connection.status === 'connecting' ? 'unknown' : (findings[0]?.tone ?? 'good');
  return { tone, title: titleOf(tone, findings), findings, summary: summarize(view) };
}

function listFindings(view: Omit<View, 'verdict'>): Finding[] {
  const { nodes, applications, pods, services, queues, databases } = view;
  if (view.connection.status === 'connecting') return [];
  return [
    ...findLostConnection(view),
    ...findCommit(view),
    ...pick('nodes', nodes, ({ name, status }) => `Node ${name} is ${status}`),
    ...pick('data', databases, describeDatabaseFinding),
    ...pick('data', queues, describeQueueFinding),
    ...pick('services', services, ({ name, readyPods, figures }) =>
      readyPods === 0
        ? `${name} has no pod that is ready`
        : `${name} answers ${figures?.errorsPerSecond.toFixed(1)} errors a second`,
    ),
    ...pick(
      'applications',
      applications,
      ({ name, sync, health }) => `Application ${name} is ${sync}, ${health}`,
    ),
    ...pick('pods', pods, ({ name, status }) => `Pod ${name} is ${status}`),
  ];
}

function describeDatabaseFinding({ name, leader, standbys, missing }: DatabaseView): string {
  if (!leader) return standbys.length > 0 ? `${name} has no leader` : `No member of ${name} answers`;
  if (missing === 0) return `${name} has no standby that keeps up`;
  return `${missing} of ${missing + standbys.length + 1} members of ${name} can't be asked`;
}

function describeQueueFinding({ name, ready, consumers }: QueueView): string {
  return consumers === 0
    ? `Nobody reads ${name}, which holds ${ready} messages`
    : `${name} holds ${ready} messages`;
}

function findLostConnection({ connection }: Omit<View, 'verdict'>): Finding[] {
  if (connection.status !== 'lost') return [];
  return [
    { tone: 'bad', section: 'nodes', text: `The API server can't be reached: ${connection.reason ?? ''}` },
  ];
}

function findCommit({ journeys: [newest] }: Omit<View, 'verdict'>): Finding[] {
  if (!newest || newest.tone === 'good') return [];
  return [
    { tone: newest.tone, section: 'commits', text: `${newest.revision.slice(0, 7)} is ${newest.status}` },
  ];
}

function pick<Part extends { readonly tone: Tone }>(
  section: SectionName,
  parts: readonly Part[],
  describe: (part: Part) => string,
): Finding[] {
  return parts
    .filter(({ tone }) => tone === 'bad' || tone === 'busy')
    .map((part) => ({ tone: part.tone, section, text: describe(part) }));
}

function titleOf(tone: Tone, findings: readonly Finding[]): string {
  const count = findings.filter((finding) => finding.tone === tone).length;
  switch (tone) {
    case 'good':
      return 'All is well';
    case 'busy':
      return 'Something is on its way';
    case 'bad':
      return count === 1 ? 'One thing needs a look' : `${count} things need a look`;
    default:
      return 'Looking';
  }
}

function summarize({ nodes, applications, pods, services }: Omit<View, 'verdict'>): string {
  const isGood = ({ tone }: { readonly tone: Tone }) => tone === 'good';
  const count = (parts: readonly { readonly tone: Tone }[]) =>
    `${parts.filter(isGood).length} of ${parts.length}`;
  const figures = services.flatMap((service) => service.figures ?? []);
  const requests = figures.reduce((sum, { requestsPerSecond }) => sum + requestsPerSecond, 0);
  const errors = figures.reduce((sum, { errorsPerSecond }) => sum + errorsPerSecond, 0);
  return [
    `${count(nodes)} nodes ready`,
    `${count(applications)} Applications synced and healthy`,
    `${count(pods)} pods ready`,
    requests === 0 ? 'no requests' : `${requests.toFixed(requests < 10 ? 1 : 0)} requests a second`,
    errors === 0 ? 'no errors' : `${errors.toFixed(1)} errors a second`,
  ].join(' · ');
}

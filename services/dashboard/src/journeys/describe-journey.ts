import type { Journey, Stage, StageName, StageState, Tone } from '../view/view.ts';
import type { ChangedWorkload, ConcernedApplication, Moment, Travel } from './travel.ts';

/** How long after a sync new pods may take to be heard of, until there are taken to be none. */
const noPodsAfterMs = 3000;

/** The stages that only new pods go through. */
const podStages = ['image', 'ready', 'answered'] as const;

/** Says how far a commit has got. */
export function describeJourney(travel: Travel, nowMs: number): Journey {
  const stages = describeStages(travel, nowMs);
  const tone = toneOf(stages);
  return {
    revision: travel.revision,
    ...(travel.push?.title === undefined ? {} : { title: travel.push.title }),
    ...(travel.push?.author === undefined ? {} : { author: travel.push.author }),
    tone,
    applications: [...travel.applications.keys()].sort(),
    stages,
    status: describeStatus(travel, stages),
  };
}

function describeStages(travel: Travel, nowMs: number): Stage[] {
  const synced = describeSync(travel);
  const rest = synced.state === 'done' ? describePods(travel, nowMs) : waitForSync(synced);
  return [describePush(travel), synced, ...rest].map((stage) => closeOvertaken(travel, stage));
}

function describePush({ pushed, isPast, push }: Travel): Stage {
  if (pushed) return doneAt('pushed', pushed, push?.branch ? `to ${push.branch}` : '');
  const detail = isPast ? 'before this page began to look' : 'nobody told this page of it';
  return { name: 'pushed', state: 'unknown', detail };
}

function describeSync(travel: Travel): Stage {
  const applications = [...travel.applications.values()];
  const failed = applications.find(({ problem }) => problem !== undefined);
  if (failed) return { name: 'synced', state: 'failed', detail: `${failed.name}: ${failed.problem}` };
  const missing = applications.filter(({ synced }) => !synced);
  if (applications.length > 0 && missing.length === 0)
    return doneAt('synced', lastOf(applications.flatMap(syncedOf)), joinNames(applications));
  if (applications.length > 0) return { name: 'synced', state: 'doing', detail: joinNames(missing) };
  if (travel.seenByArgoCd) return doneAt('synced', travel.seenByArgoCd, 'nothing to change in the cluster');
  if (travel.push?.files)
    return { name: 'synced', state: 'skipped', detail: 'changes nothing that is deployed' };
  return { name: 'synced', state: 'doing', detail: 'Argo CD has not looked yet' };
}

function waitForSync({ state }: Stage): Stage[] {
  const detail = state === 'failed' ? 'not reached' : '';
  return podStages.map((name) => ({ name, state: state === 'skipped' ? 'skipped' : 'waiting', detail }));
}

function describePods(travel: Travel, nowMs: number): Stage[] {
  const workloads = [...travel.workloads.values()];
  if (workloads.length > 0)
    return [describeImage(workloads), describeReady(workloads), describeAnswer(workloads)];
  if (travel.isPast) {
    return podStages.map((name) => ({ name, state: 'unknown', detail: 'before this page began to look' }));
  }
  const syncedMs = Math.max(
    0,
    ...[...travel.applications.values()].flatMap(syncedOf).map(({ atMs }) => atMs),
  );
  const isOver = nowMs - syncedMs > noPodsAfterMs;
  const state: StageState = isOver ? 'skipped' : 'waiting';
  return podStages.map((name) => ({ name, state, detail: isOver ? 'no new pods' : '' }));
}

function describeImage(workloads: readonly ChangedWorkload[]): Stage {
  const images = workloads.flatMap(({ image }) => (image ? [image] : []));
  const missing = workloads.filter(({ image }) => !image);
  if (missing.length === 0)
    return doneAt('image', lastOf(images), images.map(({ detail }) => detail).join(', '));
  const failed = missing.find(({ problem }) => problem !== undefined);
  if (failed) return { name: 'image', state: 'failed', detail: `${failed.name}: ${failed.problem}` };
  return { name: 'image', state: 'doing', detail: joinNames(missing) };
}

function describeReady(workloads: readonly ChangedWorkload[]): Stage {
  const count = workloads
    .map(({ name, readyPods, wantedPods }) => `${name} ${Math.min(readyPods, wantedPods)} of ${wantedPods}`)
    .join(', ');
  const missing = workloads.filter(({ ready }) => !ready);
  if (missing.length === 0)
    return doneAt('ready', lastOf(workloads.flatMap(({ ready }) => ready ?? [])), count);
  const failed = missing.find(({ problem }) => problem !== undefined);
  if (failed) return { name: 'ready', state: 'failed', detail: `${failed.name}: ${failed.problem}` };
  return { name: 'ready', state: 'doing', detail: count };
}

function describeAnswer(workloads: readonly ChangedWorkload[]): Stage {
  const measured = workloads.filter(({ isMeasured }) => isMeasured !== false);
  if (measured.length === 0)
    return { name: 'answered', state: 'skipped', detail: 'what has changed counts no requests' };
  const missing = measured.filter(({ answered }) => !answered);
  if (missing.length === 0)
    return doneAt(
      'answered',
      lastOf(measured.flatMap(({ answered }) => answered ?? [])),
      joinNames(measured),
    );
  const isReady = missing.every(({ readyPods }) => readyPods > 0);
  if (!isReady) return { name: 'answered', state: 'waiting', detail: '' };
  return { name: 'answered', state: 'doing', detail: `no request for ${joinNames(missing)} yet` };
}

function closeOvertaken({ overtakenBy }: Travel, stage: Stage): Stage {
  if (overtakenBy === undefined || stage.state === 'done' || stage.state === 'unknown') return stage;
  return { name: stage.name, state: 'skipped', detail: `overtaken by ${overtakenBy.slice(0, 7)}` };
}

function toneOf(stages: readonly Stage[]): Tone {
  if (stages.some(({ state }) => state === 'failed')) return 'bad';
  const isLive = ['done', 'skipped', 'unknown'].includes(stageOf(stages, 'ready').state);
  return isLive && stageOf(stages, 'synced').state !== 'doing' ? 'good' : 'busy';
}

function describeStatus({ overtakenBy, isPast }: Travel, stages: readonly Stage[]): string {
  if (overtakenBy !== undefined) return `overtaken by ${overtakenBy.slice(0, 7)}`;
  const failed = stages.find(({ state }) => state === 'failed');
  if (failed) return `stuck: ${failed.detail}`;
  const doing = stages.find(({ state }) => state === 'doing');
  if (doing?.name === 'answered') return 'live; no request has come yet';
  if (doing)
    return { pushed: 'pushed', synced: 'being synced', image: 'getting its image', ready: 'starting pods' }[
      doing.name
    ];
  const [ready, answered] = [stageOf(stages, 'ready').state, stageOf(stages, 'answered').state];
  if (answered === 'done' || (ready === 'done' && answered === 'skipped')) return 'live';
  if (stages.some(({ state }) => state === 'waiting')) return 'synced';
  if (stageOf(stages, 'synced').state === 'skipped') return 'changes nothing that is deployed';
  return isPast ? 'synced' : 'in effect; no new pods';
}

function stageOf(stages: readonly Stage[], name: StageName): Stage {
  const stage = stages.find((one) => one.name === name);
  if (!stage) throw new Error(`There is no stage ${name}`);
  return stage;
}

function doneAt(name: StageName, { atMs, isExact }: Moment, detail: string): Stage {
  return { name, state: 'done', atMs, isExact, detail };
}

function lastOf(moments: readonly Moment[]): Moment {
  return moments.reduce((last, one) => (one.atMs > last.atMs ? one : last));
}

function syncedOf({ synced }: ConcernedApplication): Moment[] {
  return synced ? [synced] : [];
}

function joinNames(named: readonly { readonly name: string }[]): string {
  return named.map(({ name }) => name).join(', ');
}

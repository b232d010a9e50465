import { describeError } from '../lib/errors.ts';
import type { Report } from '../lib/progress.ts';
import { waitFor } from '../lib/wait.ts';
import {
  isLocked,
  listServerPods,
  lookAtSecrets,
  type PodAccess,
  readMountedRevision,
  readSessions,
  takesLogin,
} from './login-servers.ts';
import { otherLogin, otherName, usedLogin } from './logins.ts';
import type { CommittedSecret } from './password-files.ts';

const TIMEOUT_MS = 240_000;
const INTERVAL_MS = 1000;
const LOOK_AGAIN_MS = 5000;
const REMEDY =
  'See why: kubectl logs POD --container keeper. Then run the command again: it goes on where it stopped.';

/** Something that has to be true in each pod of each server. */
interface PodCondition {
  readonly description: string;
  /** Why it isn't yet, in a few words; `undefined` where it is. */
  readonly missing: (pod: string, secret: CommittedSecret) => Promise<string | undefined>;
}

/** Waits until every pod of every server sees its secrets as they are, each in its own phase. */
export async function waitUntilMounted(
  access: PodAccess,
  secrets: readonly CommittedSecret[],
  report: Report,
): Promise<void> {
  const lookedAtMs = new Map<string, number>();
  await waitInAllPods(access, secrets, report, {
    description: 'the servers to see the new secrets',
    missing: async (pod, { secret, values }) => {
      const { revision = '' } = values;
      if ((await readMountedRevision(access, pod, secret)) === revision) return undefined;
      const nowMs = Math.round(performance.now());
      // The kubelet may not have heard of the new state of the Secret yet when it looks.
      if (nowMs - (lookedAtMs.get(pod) ?? Number.NEGATIVE_INFINITY) >= LOOK_AGAIN_MS) {
        lookedAtMs.set(pod, nowMs);
        await lookAtSecrets(access, pod, `${revision}-${nowMs}`);
      }
      return `${pod} does not see ${secret.name} yet`;
    },
  });
}

/** Waits until every server takes the second login as well as the first. */
export async function waitUntilTaken(
  access: PodAccess,
  secrets: readonly CommittedSecret[],
  report: Report,
): Promise<void> {
  await waitInAllPods(access, secrets, report, {
    description: 'the servers to take the new passwords',
    missing: async (pod, { secret, values }) => {
      for (const login of [usedLogin(values), otherLogin(values)])
        if (login && !(await takesLogin(access, pod, secret, login)))
          return `${pod} does not take ${login.username} yet`;
      return undefined;
    },
  });
}

/** Waits until nobody is logged in by the second login any more. */
export async function waitUntilUnused(
  access: PodAccess,
  secrets: readonly CommittedSecret[],
  report: Report,
): Promise<void> {
  await waitInAllPods(access, secrets, report, {
    description: 'the old logins to be used by nobody',
    missing: async (pod, { secret, values }) => {
      const name = otherName(usedLogin(values).username);
      const sessions = await readSessions(access, pod, secret, name);
      return sessions === '' ? undefined : `${name} is used in ${pod} (${sessions})`;
    },
  });
}

/**
 * Waits until every server refuses the old login, and takes the new one.
 *
 * @param before the secrets before, where they are known: then their passwords are tried
 */
export async function waitUntilRefused(
  access: PodAccess,
  secrets: readonly CommittedSecret[],
  before: readonly CommittedSecret[],
  report: Report,
): Promise<void> {
  await waitInAllPods(access, secrets, report, {
    description: 'the servers to refuse the old passwords',
    missing: async (pod, { secret, values }) => {
      const used = usedLogin(values);
      const name = otherName(used.username);
      const old = before.find((one) => one.secret.name === secret.name);
      const login = old && otherLogin(old.values);
      if (login && (await takesLogin(access, pod, secret, login))) return `${pod} still takes ${name}`;
      if (!(await isLocked(access, pod, secret, name))) return `${pod} still knows ${name}`;
      return (await takesLogin(access, pod, secret, used)) ? undefined : `${pod} refuses ${used.username}`;
    },
  });
}

/** Nothing announces what is true inside a server, so it is asked again and again. */
async function waitInAllPods(
  access: PodAccess,
  secrets: readonly CommittedSecret[],
  report: Report,
  { description, missing }: PodCondition,
): Promise<void> {
  const last = { text: '' };
  await waitFor({
    description,
    timeoutMs: TIMEOUT_MS,
    intervalMs: INTERVAL_MS,
    remedy: REMEDY,
    probe: async () => {
      access.signal.throwIfAborted();
      const problem = await findProblem(access, secrets, missing).catch((error: unknown) =>
        // A pod that is restarted meanwhile can't be asked for a moment.
        describeError(error),
      );
      if (problem === undefined) return true;
      if (problem !== last.text) report(problem);
      last.text = problem;
      return undefined;
    },
  });
}

async function findProblem(
  access: PodAccess,
  secrets: readonly CommittedSecret[],
  missing: PodCondition['missing'],
): Promise<string | undefined> {
  for (const one of secrets) {
    const pods = await listServerPods(access, one.secret.server);
    if (pods.length === 0) return `there is no pod of ${one.secret.server.component}`;
    const problems = await Promise.all(pods.map((pod) => missing(pod, one)));
    const problem = problems.find((found) => found !== undefined);
    if (problem) return problem;
  }
  return undefined;
}

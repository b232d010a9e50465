import type { KubernetesClient } from '../../bootstrap/lib/kubernetes.ts';
import type { ManagedObject } from '../../bootstrap/lib/managed-object.ts';
import { ARGO_CD_NAMESPACE } from '../../bootstrap/settings/namespaces.ts';
import { APPLICATION } from '../../bootstrap/steps/applications-step.ts';
import {
  isHealthy,
  isSyncedAt,
  measurePush,
  type PushTimes,
  waitForApplications,
} from '../support/push-to-synced.ts';
import {
  APPLICATIONS_LIST,
  type Files,
  formatSettings,
  generateApplications,
  listGenerated,
  listNames,
  settingsFile,
} from './generated-applications.ts';
import type { ScaleRepository } from './scale-repository.ts';

const TIMEOUT_MS = 600_000;
const GENERATED = /^generated-\d+$/;
const OWN = 'api-gateway';
const OWN_SETTINGS = 'apps/api-gateway/config.env';

/** What a commit touches: one generated Application, one of ours, or all that are generated. */
export type Touched = 'one' | 'ours' | 'all';
export const TOUCHED: readonly Touched[] = ['one', 'ours', 'all'];

/** A cluster with generated Applications beside its own, and what is measured on it. */
export class ScaledCluster {
  readonly #client: KubernetesClient;
  readonly #repository: ScaleRepository;
  readonly #name: string;
  #count = 0;
  #touches = 0;
  #hasTouchedOwn = false;
  /** What is being done in the repository. */
  #working: Promise<unknown> = Promise.resolve();
  readonly #signal: AbortSignal;

  /**
   * @param name the cluster's, which has a folder in clusters/
   * @param signal after which nothing more is pushed but what takes everything back
   */
  constructor(client: KubernetesClient, repository: ScaleRepository, name: string, signal: AbortSignal) {
    this.#client = client;
    this.#repository = repository;
    this.#name = name;
    this.#signal = signal;
  }

  /**
   * Has as many generated Applications as `count`, and waits until all are Synced and Healthy.
   *
   * @returns the times of the commit that adds those which are lacking
   */
  async grow(count: number): Promise<PushTimes> {
    const files = new Map([
      ...generateApplications(this.#name, count),
      [APPLICATIONS_LIST, listGenerated(await this.#repository.read(APPLICATIONS_LIST))],
    ]);
    const known = new Set(listNames(this.#count).map(settingsFile));
    for (const path of known) files.delete(path);
    const names = listNames(count);
    const revision = await this.#work(() => this.#repository.commit(files, `Generate ${count} Applications`));
    const times = await this.#measure(names.slice(this.#count), revision);
    this.#count = count;
    await this.#waitUntilHealthy(names);
    return times;
  }

  /** Pushes a commit, and measures until all that it touches is Synced; then waits until that is Healthy. */
  async touch(touched: Touched): Promise<PushTimes> {
    this.#touches += 1;
    const names = touched === 'ours' ? [OWN] : listNames(touched === 'one' ? 1 : this.#count);
    const files = touched === 'ours' ? await this.#changeOwn() : this.#changeGenerated(names);
    const revision = await this.#work(() =>
      this.#repository.commit(files, `Touch ${touched}: ${this.#touches}`),
    );
    const times = await this.#measure(names, revision);
    await this.#waitUntilHealthy(names);
    return times;
  }

  /** Takes back what this run, or one before it, has pushed, and waits until no generated Application is left. */
  async restore(): Promise<void> {
    await this.#working.catch(() => undefined);
    const revision = await this.#repository.restore();
    this.#count = 0;
    await this.#client.waitUntil({
      resource: APPLICATION,
      namespace: ARGO_CD_NAMESPACE,
      description: 'the generated Applications to be gone',
      timeoutMs: TIMEOUT_MS,
      remedy: `See what holds them: kubectl --namespace ${ARGO_CD_NAMESPACE} get applications.`,
      missing: (applications) => {
        const left = applications.filter(({ metadata }) => GENERATED.test(metadata?.name ?? ''));
        return left.length === 0 ? undefined : `${left.length} are there`;
      },
    });
    if (!this.#hasTouchedOwn) return;
    await this.#waitUntil(
      [OWN],
      `${OWN} to be as it was`,
      (one) => isSyncedAt(one, revision) && isHealthy(one),
    );
    this.#hasTouchedOwn = false;
  }

  async #work<T>(work: () => Promise<T>): Promise<T> {
    this.#signal.throwIfAborted();
    const working = work();
    this.#working = working;
    return await working;
  }

  #changeGenerated(names: readonly string[]): Files {
    return new Map(names.map((name) => [settingsFile(name), formatSettings(String(this.#touches))]));
  }

  async #changeOwn(): Promise<Files> {
    this.#hasTouchedOwn = true;
    const settings = await this.#repository.read(OWN_SETTINGS);
    const changed = settings.replace(/^WELCOME_MESSAGE=.*$/m, `WELCOME_MESSAGE=Scaled ${this.#touches}`);
    return new Map([[OWN_SETTINGS, changed]]);
  }

  async #measure(applications: readonly string[], revision: string): Promise<PushTimes> {
    const push = () => this.#work(() => this.#repository.push());
    return await measurePush(this.#client, { applications, revision, push, timeoutMs: TIMEOUT_MS });
  }

  async #waitUntilHealthy(names: readonly string[]): Promise<void> {
    await this.#waitUntil(names, `${names.length} Applications to be Healthy`, isHealthy);
  }

  async #waitUntil(
    applications: readonly string[],
    description: string,
    isReached: (application: ManagedObject) => boolean,
  ): Promise<void> {
    const timeoutMs = TIMEOUT_MS;
    await waitForApplications(this.#client, { description, timeoutMs, applications, isReached });
  }
}

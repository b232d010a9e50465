import type { Logger } from 'service-runtime/logging/create-logger';
import { ObjectStore } from './cluster/cluster-objects.ts';
import type { ClusterSource, ClusterUsage, ConnectionState } from './cluster/cluster-source.ts';
import type { PodObject } from './cluster/objects.ts';
import { JourneyTracker } from './journeys/journey-tracker.ts';
import type { Push } from './journeys/push.ts';
import { countAnswers } from './metrics/first-answers.ts';
import type { Figures, MetricsSource } from './metrics/metrics-source.ts';
import { repeat } from './repeat.ts';
import { describeView } from './view/describe-view.ts';
import type { ConnectionView, Sample, View } from './view/view.ts';

/** How soon what has changed is shown; many changes within that are shown at once. */
const publishDelayMs = 100;
const figuresIntervalMs = 2000;
const usageIntervalMs = 5000;
const answersIntervalMs = 500;
/** Of what is kept for the charts. */
const keptSamples = 450;

export interface LiveViewOptions {
  readonly cluster: ClusterSource;
  /** @param objects what is known, for a source that has to know whom to ask */
  readonly createMetrics: (objects: ObjectStore) => MetricsSource;
  readonly logger: Logger;
}

/** Told of what is new. */
export interface ViewListener {
  onView(view: View): void;
  onSample(sample: Sample): void;
  /** A pod came, changed or went. */
  onPods(): void;
}

/** Keeps what the page shows as the cluster is now. */
export class LiveView {
  readonly objects = new ObjectStore();
  readonly #tracker = new JourneyTracker();
  readonly #options: LiveViewOptions;
  readonly #metrics: MetricsSource;
  readonly #listeners = new Set<ViewListener>();
  readonly #abort = new AbortController();
  #usage: ClusterUsage = { nodes: new Map(), pods: new Map() };
  #figures: Figures | undefined;
  #connection: ConnectionView = { status: 'connecting', sinceMs: Date.now() };
  #samples: Sample[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(options: LiveViewOptions) {
    this.#options = options;
    this.#metrics = options.createMetrics(this.objects);
  }

  get connection(): ConnectionView {
    return this.#connection;
  }

  /** The oldest first. */
  get samples(): readonly Sample[] {
    return this.#samples;
  }

  start(): void {
    const { cluster } = this.#options;
    cluster.start({
      onEvent: (event) => {
        this.objects.apply(event);
        this.#tracker.observe(this.objects, Date.now());
        if (event.kind === 'Pod') for (const listener of this.#listeners) listener.onPods();
        this.#publishSoon();
      },
      onConnection: (state) => this.#connected(state),
    });
    const { signal } = this.#abort;
    repeat(usageIntervalMs, signal, () => this.#readUsage());
    repeat(figuresIntervalMs, signal, () => this.#readFigures());
    repeat(answersIntervalMs, signal, () => this.#readAnswers());
  }

  /** Somebody told of a push. */
  push(push: Push): void {
    this.#tracker.push(push, this.objects, Date.now());
    this.#publishSoon();
  }

  /** @returns what the page shows now */
  read(): View {
    const nowMs = Date.now();
    this.#tracker.observe(this.objects, nowMs);
    return describeView({
      connection: this.#connection,
      objects: this.objects,
      journeys: this.#tracker.list(nowMs),
      usage: this.#usage,
      figures: this.#figures,
    });
  }

  /** @returns a function that ends it */
  listen(listener: ViewListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    clearTimeout(this.#timer);
    await this.#options.cluster.stop();
  }

  #connected(state: ConnectionState): void {
    this.#connection = { ...state, sinceMs: Date.now() };
    if (state.status === 'connected') this.#tracker.begin(this.objects);
    this.#publishSoon();
  }

  async #readUsage(): Promise<void> {
    try {
      this.#usage = await this.#options.cluster.readUsage();
    } catch (error) {
      // The page shows no load then, which says it; the watch tells whether the API server is there.
      this.#usage = { nodes: new Map(), pods: new Map() };
      this.#options.logger.debug({ err: error }, 'no usage');
    }
    this.#publishSoon();
  }

  async #readFigures(): Promise<void> {
    // Nobody is known yet who could be asked.
    if (this.#connection.status === 'connecting') return;
    this.#figures = await this.#metrics.read();
    const sample = { atMs: Date.now(), services: Object.fromEntries(this.#figures.services) };
    this.#samples = [...this.#samples, sample].slice(-keptSamples);
    for (const listener of this.#listeners) listener.onSample(sample);
    this.#publishSoon();
  }

  async #readAnswers(): Promise<void> {
    const pods = this.#tracker.listUnanswered(this.objects);
    const asked = await Promise.allSettled(pods.map((pod) => this.#askForAnswers(pod)));
    if (asked.length > 0) this.#publishSoon();
  }

  async #askForAnswers(pod: PodObject): Promise<void> {
    const answers = await countAnswers(pod);
    this.#tracker.answered(pod.metadata.uid ?? '', answers, Date.now());
  }

  #publishSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      if (this.#abort.signal.aborted || this.#listeners.size === 0) return;
      const view = this.read();
      for (const listener of this.#listeners) listener.onView(view);
    }, publishDelayMs);
  }
}

/** What the page shows. Both sides compile against it; it has no code. Times are milliseconds since 1970. */

/** How something is: `good` needs nobody, `busy` will be good by itself, `bad` needs somebody. */
export type Tone = 'good' | 'busy' | 'bad' | 'unknown';

/** What a person has to know first. */
export interface Verdict {
  readonly tone: Tone;
  readonly title: string;
  /** What is not as it should be, the worst first. */
  readonly findings: readonly Finding[];
  /** What is well, in one line. */
  readonly summary: string;
}

export interface Finding {
  readonly tone: Tone;
  readonly text: string;
  /** The part of the page that tells more. */
  readonly section: SectionName;
}

export type SectionName = 'commits' | 'services' | 'data' | 'nodes' | 'applications' | 'pods' | 'logs';

export type StageName = 'pushed' | 'synced' | 'image' | 'ready' | 'answered';

/**
 * - `done`, at `atMs`
 * - `doing`: began, or is next
 * - `waiting` for the stage before
 * - `skipped`: has nothing to do for this commit
 * - `failed`: stands still until somebody does something
 * - `unknown`: was before this page began to look
 */
export type StageState = 'done' | 'doing' | 'waiting' | 'skipped' | 'failed' | 'unknown';

export interface Stage {
  readonly name: StageName;
  readonly state: StageState;
  readonly atMs?: number;
  /** Whether `atMs` was seen here as it happened; else it is what the cluster recorded, in whole seconds. */
  readonly isExact?: boolean;
  readonly detail: string;
}

/** The way of one commit. */
export interface Journey {
  readonly revision: string;
  readonly title?: string;
  readonly author?: string;
  readonly tone: Tone;
  /** What it changes: the names of Applications. */
  readonly applications: readonly string[];
  readonly stages: readonly Stage[];
  /** Where it stands, in a few words. */
  readonly status: string;
}

export interface NodeView {
  readonly name: string;
  readonly tone: Tone;
  readonly status: string;
  readonly version: string;
  readonly pods: number;
  readonly cpu?: Load;
  readonly memory?: Load;
}

/** What is used of what there is: cores, or bytes. */
export interface Load {
  readonly used: number;
  readonly total: number;
}

export interface ApplicationView {
  readonly name: string;
  readonly tone: Tone;
  readonly sync: string;
  readonly health: string;
  readonly revision: string;
  /** What in the cluster is not as in git. */
  readonly drift: readonly string[];
  /** Why it is not well, in Argo CD's words. */
  readonly message?: string;
}

export interface PodView {
  readonly name: string;
  readonly namespace: string;
  readonly component: string;
  readonly tone: Tone;
  readonly status: string;
  readonly ready: string;
  readonly restarts: number;
  readonly lastRestart?: string;
  readonly createdMs: number;
  readonly node: string;
  readonly images: readonly string[];
  readonly cpu?: number;
  readonly memoryBytes?: number;
}

export interface ServiceView {
  readonly name: string;
  readonly tone: Tone;
  readonly readyPods: number;
  readonly pods: number;
  /** Undefined where it could not be asked. */
  readonly figures?: RequestFigures;
}

/** Requests in the last seconds, without those of probes. */
export interface RequestFigures {
  readonly requestsPerSecond: number;
  /** Answers with 5xx. */
  readonly errorsPerSecond: number;
  /** The 99th percentile of their durations; undefined where there were none. */
  readonly p99Ms?: number;
}

export interface QueueView {
  readonly name: string;
  readonly tone: Tone;
  readonly ready: number;
  readonly unacknowledged: number;
  readonly consumers: number;
}

export interface DatabaseView {
  readonly name: string;
  readonly tone: Tone;
  readonly leader?: string;
  readonly standbys: readonly StandbyView[];
  /** How many members don't answer. */
  readonly missing: number;
}

export interface StandbyView {
  readonly name: string;
  /** What it has not replayed of what the leader has written. */
  readonly lagBytes?: number;
  readonly isSynchronous: boolean;
}

export interface ConnectionView {
  readonly status: 'connecting' | 'connected' | 'lost';
  readonly sinceMs: number;
  readonly reason?: string;
}

/** The parts of the page, each sent as a whole when it has changed. */
export interface View {
  readonly connection: ConnectionView;
  readonly verdict: Verdict;
  readonly journeys: readonly Journey[];
  readonly services: readonly ServiceView[];
  readonly queues: readonly QueueView[];
  readonly databases: readonly DatabaseView[];
  readonly nodes: readonly NodeView[];
  readonly applications: readonly ApplicationView[];
  readonly pods: readonly PodView[];
}

/** The figures of all services at one moment, for the charts. */
export interface Sample {
  readonly atMs: number;
  readonly services: Readonly<Record<string, RequestFigures>>;
}

/** What the page is told first. */
export interface Hello {
  readonly cluster: string;
  readonly version: string;
  readonly nowMs: number;
  /** What came before, the oldest first. */
  readonly samples: readonly Sample[];
}

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';

/** A line that a container printed. */
export interface LogLine {
  readonly atMs: number;
  readonly component: string;
  readonly pod: string;
  readonly container: string;
  /** Undefined where the line doesn't say. */
  readonly level?: LogLevel;
  readonly requestId?: string;
  /** What it says, for people. */
  readonly message: string;
  /** The line as it was printed. */
  readonly text: string;
}

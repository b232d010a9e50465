import type { RequestFigures } from '../view/view.ts';

export interface QueueFigures {
  readonly ready: number;
  readonly unacknowledged: number;
  readonly consumers: number;
}

/** One member of a database. */
export interface MemberFigures {
  readonly name: string;
  readonly isLeader: boolean;
  readonly isSynchronous: boolean;
  /** Up to where it has written, or replayed, the log. */
  readonly position: number;
}

/** What the metrics say now, by name. What can't be asked is left out. */
export interface Figures {
  readonly services: ReadonlyMap<string, RequestFigures>;
  readonly queues: ReadonlyMap<string, QueueFigures>;
  readonly databases: ReadonlyMap<string, readonly MemberFigures[]>;
}

/** Where figures come from: the pods themselves, or a Prometheus that asks them. */
export interface MetricsSource {
  /** @throws where nothing can be told now */
  read(): Promise<Figures>;
}

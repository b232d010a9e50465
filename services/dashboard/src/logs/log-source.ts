/** A container whose log is read. */
export interface LogTarget {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

/** A line, and when the container printed it. */
export interface RawLine {
  readonly atMs: number;
  readonly text: string;
}

/** Where logs come from: the nodes, while a pod is there, or a store that keeps them longer. */
export interface LogSource {
  /**
   * Reads the last lines, then goes on with what comes, until the signal is aborted or the container is gone or over.
   * @param tailLines how many of those that are there already
   * @param isRunning asked when nothing more comes: whether the container is still to be followed
   */
  follow(
    target: LogTarget,
    tailLines: number,
    signal: AbortSignal,
    onLine: (line: RawLine) => void,
    isRunning: () => boolean,
  ): Promise<void>;
}

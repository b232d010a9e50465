/** Gathers items one by one and hands them out in batches: while one batch is worked on the next one grows. */
export interface BatchGatherer<Item> {
  add(item: Item): void;
  /** No more items come. */
  end(): void;
  /** Yields what has gathered, as soon as there is anything, and ends when all is handed out after end(). */
  batches(): AsyncGenerator<Item[], void>;
}

/** @returns a gatherer for one reader */
export function createBatchGatherer<Item>(): BatchGatherer<Item> {
  let gathered: Item[] = [];
  let hasEnded = false;
  let changed = Promise.withResolvers<void>();
  return {
    add(item) {
      gathered.push(item);
      changed.resolve();
    },
    end() {
      hasEnded = true;
      changed.resolve();
    },
    async *batches() {
      while (!hasEnded || gathered.length > 0) {
        await changed.promise;
        if (!hasEnded) changed = Promise.withResolvers();
        const batch = gathered;
        gathered = [];
        if (batch.length > 0) yield batch;
      }
    },
  };
}

/** Runs `work` for every item, `limit` at a time; one failure ends the rest and is thrown when they have ended. */
export const forEach = async <Item>(
  items: readonly Item[],
  limit: number,
  parent: AbortSignal,
  work: (item: Item, signal: AbortSignal) => Promise<void>,
): Promise<void> => {
  const rest = items[Symbol.iterator]();
  const failed = new AbortController();
  const signal = AbortSignal.any([parent, failed.signal]);
  let failure: { error: unknown } | undefined;
  const worker = async () => {
    for (const item of rest) {
      if (signal.aborted) return;
      try {
        await work(item, signal);
      } catch (error) {
        failure ??= { error };
        failed.abort();
      }
    }
  };
  await Promise.all(Array.from({ length: limit }, worker));
  if (failure !== undefined) throw failure.error;
  parent.throwIfAborted();
};

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Runs work that ends when a signal asks this process to end. @throws what the work throws; Error that names the signal */
export const untilInterrupted = async <T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
  const stop = new AbortController();
  const end = (signal: NodeJS.Signals) => stop.abort(new Error(`terminated by ${signal}`));
  for (const signal of SIGNALS) process.once(signal, end);
  try {
    return await work(stop.signal);
  } finally {
    for (const signal of SIGNALS) process.off(signal, end);
  }
};

const heartbeat = 15_000;

/** Tells the person who waits; stdout stays free for results. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Runs one long step: a line when it starts, one every 15 s, one when it is done. */
export async function step<T>(what: string, work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  say(`${what}…`);
  const timer = setInterval(() => say(`${what}… ${Math.round((performance.now() - started) / 1000)} s`), heartbeat);
  timer.unref();
  try {
    const result = await work();
    say(`${what}: done in ${((performance.now() - started) / 1000).toFixed(1)} s`);
    return result;
  } finally {
    clearInterval(timer);
  }
}

import { parentPort } from 'node:worker_threads';
import { type ExceededUse, Watch, type Watched } from '../scanner/process/watch.ts';

export type WatchdogRequest = { readonly watch: Watched } | { readonly end: number };

/** The answer to `end`. */
export interface WatchdogAnswer {
  readonly pid: number;
  readonly exceeded?: ExceededUse;
}

const watches = new Map<number, Watch>();

parentPort?.on('message', (request: WatchdogRequest) => {
  if ('watch' in request) {
    watches.set(request.watch.pid, new Watch(request.watch));
    return;
  }
  const exceeded = watches.get(request.end)?.stop();
  watches.delete(request.end);
  const answer: WatchdogAnswer = { pid: request.end, ...(exceeded !== undefined && { exceeded }) };
  parentPort?.postMessage(answer);
});

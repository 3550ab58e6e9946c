import { parentPort } from 'node:worker_threads';
import { type CheckInput, check } from './check.ts';

/** The input comes in parts, so that no message takes long to be written; the last one has no items. */
export type InputPart =
  | { readonly list: 'pods' | 'policies' | 'checked'; readonly items: readonly unknown[] }
  | { readonly rest: CheckInput };

const lists: Record<'pods' | 'policies' | 'checked', unknown[]> = { pods: [], policies: [], checked: [] };

parentPort?.on('message', (part: InputPart) => {
  if ('list' in part) {
    lists[part.list].push(...part.items);
    return;
  }
  const { pods, policies, checked } = lists as never as Pick<CheckInput['world'], 'pods' | 'policies'> & {
    checked: CheckInput['policies'];
  };
  const input = { ...part.rest, world: { ...part.rest.world, pods, policies }, policies: checked };
  for (const result of check(input)) parentPort?.postMessage(result);
  parentPort?.close();
});

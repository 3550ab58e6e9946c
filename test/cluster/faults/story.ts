import { isDeepStrictEqual } from 'node:util';
import type { NetworkSection, PolicySpec } from '../../../src/api/policy.ts';
import type { Answered, Asked, FaultyProxy } from '../../harness/faulty-proxy.ts';
import { KINDS } from '../../harness/install.ts';
import type { Mishap } from '../../harness/mishap.ts';
import type { Palisade } from '../../harness/palisade.ts';
import { until } from '../../harness/until.ts';
import { behindProxy } from './behind-proxy.ts';
import { isCollected, snapshot } from './snapshot.ts';

/** Asked about each request from the beginning of the fault on. */
export type Fault = (asked: Asked) => Mishap | undefined;

export const NO_FAULT: Fault = () => undefined;

/** The end of a story. */
export interface Ending {
  readonly snapshot: readonly string[];
  /** Kinds that were created through the operator, in no particular order, once for each accepted request. */
  readonly created: readonly string[];
  /** From the beginning of the fault to the end. */
  readonly asked: readonly Answered[];
}

/** With deadlines of 15 s that may pass twice. */
const SETTLED_MS = 90_000;

const web = (port: number): NetworkSection => ({
  allow: {
    ingress: [{ pods: { matchLabels: { app: 'web' } }, from: [{ anywhere: true }], ports: [{ port }] }],
    egress: [{ to: [{ namespaces: ['databases'] }] }],
  },
});
const bind = (profile: 'viewer' | 'deployer', name: string): NonNullable<PolicySpec['access']> => ({
  bindings: [{ profile, subjects: [{ kind: 'Group', name }] }],
});
const logReader = {
  name: 'log-reader',
  rules: [{ apiGroups: [''], resources: ['pods/log'], verbs: ['get'] }],
  subjects: [{ kind: 'Group' as const, name: 'readers' }],
};

const BEFORE: Record<string, PolicySpec> = {
  changed: { network: web(8080), access: { ...bind('viewer', 'shop'), roles: [logReader] } },
  level: { podSecurity: { level: 'restricted' }, images: { allowed: ['registry.example.com/*'] } },
  gone: { network: web(80), access: bind('viewer', 'gone'), scan: {} },
  again: { network: { isolate: ['Ingress'] }, access: bind('viewer', 'again') },
  still: { network: web(443), access: bind('viewer', 'still') },
};
const AFTER: Record<string, PolicySpec> = {
  changed: { network: web(9090), access: bind('deployer', 'shop') },
  level: { podSecurity: { level: 'baseline' } },
  new: { network: web(81), access: { roles: [logReader] }, scan: { schedule: '0 3 * * *' } },
};
const AGAIN: PolicySpec = { network: web(82), access: bind('deployer', 'again') };

const isGone = (palisade: Palisade, ns: string, name: string): Promise<void> =>
  until(
    `${ns}/${name} is gone`,
    () =>
      palisade.policy(ns, name).then(
        () => false,
        () => true,
      ),
    SETTLED_MS,
  ).then(() => undefined);

/** Policies are created, changed and deleted, and what was generated is touched. */
const happen = async (palisade: Palisade, ns: string): Promise<void> => {
  await palisade.deletePolicy(ns, 'gone');
  await palisade.deletePolicy(ns, 'again');
  for (const [name, spec] of Object.entries(AFTER)) await palisade.apply(ns, name, spec);
  const own = (name: string) => name.startsWith('still-');
  const [opened, deleted] = (await palisade.names(KINDS.NetworkPolicy, ns)).filter(own);
  const options = { namespace: ns, type: 'merge', fieldManager: 'kubectl-edit' } as const;
  await palisade.admin.patch(KINDS.NetworkPolicy, opened ?? '', { spec: { ingress: [{}] } }, options);
  await palisade.admin.delete(KINDS.NetworkPolicy, deleted ?? '', { namespace: ns });
  await isGone(palisade, ns, 'again');
  await palisade.apply(ns, 'again', AGAIN);
};

/** The expected state, or the last one before the timeout. */
const settled = async (palisade: Palisade, ns: string, expected: readonly string[]): Promise<readonly string[]> => {
  let now: readonly string[] = [];
  const isExpected = async (): Promise<boolean> => {
    now = await snapshot(palisade, ns);
    return isDeepStrictEqual(now, expected);
  };
  await until(`${ns} is settled`, isExpected, SETTLED_MS).catch(() => {});
  return now;
};

const createdIn = (written: readonly string[]): string[] =>
  written
    .filter((request) => request.startsWith('POST ') && !request.endsWith('/events'))
    .map((request) => request.slice(request.lastIndexOf('/') + 1))
    .sort();

export interface Played {
  readonly proxy: FaultyProxy;
  readonly namespace: string;
}

export interface PlayOptions {
  /** Called when the fault begins, for example to end watches. */
  readonly begin?: ((played: Played) => void) | undefined;
  /** Waits for this end. */
  readonly asIn?: Promise<Ending>;
}

/**
 * An operator behind a proxy puts policies in force; then the fault begins, and they are created, changed and deleted.
 */
export const play = async (
  palisade: Palisade,
  namespace: string,
  fault: Fault,
  { begin = () => {}, asIn }: PlayOptions = {},
): Promise<Ending> => {
  return await behindProxy(palisade, namespace, async (proxy) => {
    for (const [name, spec] of Object.entries(BEFORE)) await palisade.apply(namespace, name, spec);
    for (const name of Object.keys(BEFORE)) await palisade.ready(namespace, name, SETTLED_MS);
    const first = proxy.asked.length;
    proxy.play(fault);
    begin({ proxy, namespace });
    await happen(palisade, namespace);
    for (const name of Object.keys({ ...AFTER, again: AGAIN, still: {} }))
      await palisade.ready(namespace, name, SETTLED_MS);
    await isGone(palisade, namespace, 'gone');
    await until('children without a policy are garbage-collected', () => isCollected(palisade, namespace), SETTLED_MS);
    const found = await snapshot(palisade, namespace);
    const ended = asIn === undefined ? found : await settled(palisade, namespace, (await asIn).snapshot);
    return { snapshot: ended, created: createdIn(proxy.written), asked: proxy.asked.slice(first) };
  });
};

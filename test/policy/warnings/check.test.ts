import { readFile } from 'node:fs/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import type { NetworkSection } from '../../../src/api/policy.ts';
import { reachPolicies } from '../../../src/policy/sections/network/reach-policies.ts';
import { type CheckInput, check, type PolicyToCheck } from '../../../src/policy/warnings/check.ts';
import { isSmall, runCheck } from '../../../src/policy/warnings/run-check.ts';
import type { ReachPod, World } from '../../../src/reach/world.ts';
import { pod, world } from '../../reach/worlds.ts';

const context = { dnsPeers: [], apiServer: [] };
const BOOKS = { uid: 'u', namespace: 'books', name: 'books' };
const file = async (name: string): Promise<NetworkSection> => {
  const text = await readFile(new URL(`../../reach/findings/six-mistakes/${name}.yaml`, import.meta.url), 'utf8');
  return parse(text).spec.network;
};
const [wrong, right] = [await file('wrong'), await file('right')];

const of = (path: string, ports: [name: string, port: number][], kind = 'Deployment'): ReachPod => {
  const name = path.split('/')[1] ?? '';
  return pod(path, {
    ports: ports.map(([portName, port]) => ({ name: portName, port, protocol: 'TCP' })),
    workload: { kind, name },
  });
};
const books: Partial<World> = {
  namespaces: [
    { name: 'books', labels: {} },
    { name: 'monitoring', labels: {} },
  ],
  pods: [
    of('books/web', [
      ['http', 8080],
      ['metrics', 9100],
    ]),
    of('books/api', [
      ['http', 3000],
      ['metrics', 9100],
    ]),
    of('books/db', [['pg', 5432]], 'StatefulSet'),
    { ...of('books/report', [], 'CronJob'), state: 'Planned' },
    pod('monitoring/prometheus', { ports: [] }),
    pod('monitoring/ingress', { ports: [] }),
  ],
};
const inForce = (network: NetworkSection): World =>
  world({ ...books, policies: reachPolicies(BOOKS, network, context) });
const resultOf = (input: CheckInput) => [...check(input)][0]![1];
const reasons = (warnings: readonly { reason: string }[] = []) => [...new Set(warnings.map(({ reason }) => reason))];

test('rules in force and previewed rules have the same warnings', () => {
  const { network } = resultOf({ world: inForce(wrong), context, policies: [{ ...BOOKS, network: wrong }] });
  const audit = resultOf({ world: world(books), context, policies: [{ ...BOOKS, previewed: wrong }] });
  assert.equal(reasons(network.warnings), ['PortNameUnknown', 'NamespaceNotFound', 'SelectsNoPod', 'OneSided']);
  assert.equal(audit.preview.warnings, network.warnings);
  assert.equal(audit.network, {});
});

test('a preview says which connections would be lost: those of mode Audit, and of a proposal those that it takes away', () => {
  const audit = resultOf({ world: world(books), context, policies: [{ ...BOOKS, previewed: wrong }] });
  assert.ok(
    audit.preview.wouldLose?.some((one) =>
      one.startsWith('StatefulSet books/db would no longer be reachable at port 5432'),
    ),
  );
  const proposal = { ...BOOKS, network: wrong, previewed: right };
  const { preview } = resultOf({ world: inForce(wrong), context, policies: [proposal] });
  assert.equal(preview, {}, 'the right policy only adds to the wrong one');
  const none = { ...BOOKS, network: wrong, previewed: null };
  assert.equal(
    resultOf({ world: inForce(wrong), context, policies: [none] }).preview,
    {},
    'without rules nothing is lost',
  );
});

test('previewed rules that cannot be rendered are not checked, and those of other policies are', () => {
  const overlaps = Array.from({ length: 8 }, (_, n) => ({
    pods: { matchLabels: { [`l${n}`]: 'x' } },
    from: [{ cidr: `10.${n}.0.0/16` }],
  }));
  const policies = [
    { ...BOOKS, uid: 'other', previewed: { allow: { ingress: overlaps } } },
    { ...BOOKS, previewed: right },
  ];
  const [[, first], [uid, second]] = [...check({ world: world(books), context, policies })] as never as [
    [string, { preview: object }],
    [string, { preview: object }],
  ];
  assert.match(JSON.stringify(first.preview), /"unchecked":".*overlap/i);
  assert.is(uid, 'u');
  assert.not.match(JSON.stringify(second.preview), 'unchecked');
});

test('an error about one policy leaves the others checked', () => {
  const broken = { ...BOOKS, uid: 'broken', network: { allow: { ingress: [{}] } } } as unknown as PolicyToCheck;
  const results = new Map(check({ world: inForce(right), context, policies: [broken, { ...BOOKS, network: right }] }));
  assert.match(results.get('broken')?.network.unchecked ?? '', /^the check failed: .*; please report it$/);
  assert.equal(results.get('u')?.network, {});
});

test('a large world is checked on a thread, with the same results', async () => {
  const pods = Array.from({ length: 150 }, (_, n) => of(`monitoring/other-${n}`, [['http', 8080]]));
  const previewed = { ...BOOKS, uid: 'previewed', name: 'previewed', previewed: wrong };
  const input = {
    world: { ...inForce(wrong), pods: [...books.pods!, ...pods] },
    context,
    policies: [{ ...BOOKS, network: wrong }, previewed],
  };
  assert.is(isSmall(input), false);
  assert.equal(await runCheck(input, new AbortController().signal), new Map(check(input)));
});

test('a small world needs no thread, unless somebody wrote many rules', () => {
  const small = { world: world(books), context, policies: [{ ...BOOKS, network: wrong }] };
  assert.is(isSmall(small), true);
  const rule = wrong.allow!.ingress![0]!;
  const ingress = Array.from({ length: 64 }, () => ({
    ...rule,
    from: Array.from({ length: 32 }, () => rule.from[0]!),
  }));
  assert.is(isSmall({ ...small, policies: [{ ...BOOKS, network: { allow: { ingress } } }] }), false);
});

test('a check ends with its signal', async () => {
  const pods = Array.from({ length: 11_000 }, (_, n) => of(`books/other-${n}`, []));
  const stop = new AbortController();
  const checking = runCheck(
    { world: { ...inForce(wrong), pods }, context, policies: [{ ...BOOKS, network: wrong }] },
    stop.signal,
  );
  stop.abort();
  assert.is((await checking).size, 0);
});

test.run();

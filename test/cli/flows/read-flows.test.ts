import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { InputError } from '../../../src/cli/errors.ts';
import { Connections } from '../../../src/cli/flows/connections.ts';
import { linesOf, unpacked } from '../../../src/cli/flows/lines.ts';
import type { ObservedFlow } from '../../../src/cli/flows/observed.ts';
import { readFlows } from '../../../src/cli/flows/read-flows.ts';
import { temporaryDirectory } from '../../hack/directory.ts';
import { API, conntrack, felix, hubble, WEB } from './samples.ts';

const streamOf = async function* (...parts: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part);
};

const problemsOf = async (promise: Promise<unknown>): Promise<readonly string[]> => {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.instance(error, InputError);
  return (error as InputError).problems;
};

test('equal connections are one, whatever tool saw them', async () => {
  const later = { time: '2026-02-24T09:00:00Z', traffic_direction: 'INGRESS' };
  const lines = [hubble(WEB, API, 3000), hubble(WEB, API, 3000, later), hubble(WEB, API, 3000), hubble(WEB, API, 3001)];
  const { connections, unreadable, overflow } = await readFlows(['-'], streamOf(lines.join('\n')));
  assert.equal(
    connections.map(({ source, destination, port, flows, works, lastSeen }) => [
      ...[source.pod, destination.pod, port, flows, works, lastSeen],
    ]),
    [
      ['web-1', 'api-1', 3000, 2, true, Date.parse('2026-02-24T09:00:00Z')],
      ['web-1', 'api-1', 3001, 1, true, Date.parse('2026-02-24T08:43:39.070Z')],
    ],
  );
  assert.equal({ unreadable, overflow }, { unreadable: { count: 0, first: [] }, overflow: 0 });
});

test('lines that cannot be read are named with file, line and cause, and counted', async () => {
  const lines = [hubble(WEB, API, 3000), '', '{"flow":', hubble(API, WEB, 1, { is_reply: true }), 'what\u001b[31m?'];
  const { connections, skipped, unreadable } = await readFlows(['-'], streamOf(lines.join('\n')));
  assert.is(connections.length, 1);
  assert.equal([...skipped], [['Reply', 1]]);
  assert.is(unreadable.count, 2);
  assert.equal(
    unreadable.first.map(({ file, line }) => [file, line]),
    [
      ['stdin', 3],
      ['stdin', 5],
    ],
  );
});

test('files may be packed, and have several formats', async () => {
  await using directory = await temporaryDirectory();
  const [packed, plain] = [join(directory.path, 'flows'), join(directory.path, 'more.log')];
  await writeFile(packed, Buffer.concat([gzipSync(`${hubble(WEB, API, 3000)}\n`), gzipSync(`${felix()}\n`)]));
  await writeFile(plain, `${conntrack(['10.0.1.5', 1], ['10.0.1.6', 80])}\r\n${hubble(WEB, API, 3000)}`);
  const { connections } = await readFlows([packed, plain], streamOf());
  assert.equal(
    connections.map(({ port, flows }) => [port, flows]),
    [
      [3000, 2],
      [3000, 2],
      [80, 1],
    ],
  );
});

test('what comes before damage counts, and the damage is named', async () => {
  const lines = Array.from({ length: 5000 }, (_, n) => hubble(WEB, API, n + 1)).join('\n');
  const whole = gzipSync(lines);
  const { connections, unreadable } = await readFlows(['-'], streamOf(whole.subarray(0, whole.length - 100)));
  assert.ok(connections.length > 0 && connections.length <= 5000);
  assert.is(unreadable.count, 1);
  assert.match(unreadable.first[0]!.cause, /^the gzip data is cut off or damaged here .*: the rest is missing$/);
});

test('a file without a flow is an error, and not an answer', async () => {
  assert.equal(await problemsOf(readFlows(['/nowhere/flows'], streamOf())), [
    '/nowhere/flows: cannot be read: no such file',
  ]);
  assert.equal(await problemsOf(readFlows([import.meta.dirname], streamOf())), [
    `${import.meta.dirname}: cannot be read: it is a directory: pass a file in it`,
  ]);
  assert.equal(await problemsOf(readFlows(['-'], streamOf('\n\n'))), [
    'stdin: it has no flow: hubble observe -o jsonpb, flow logs of Calico or Goldmane, and conntrack -L can be read',
  ]);
  assert.equal(await problemsOf(readFlows(['-'], streamOf('{"kind":"Pod"}'))), [
    'stdin: line 1: the format is unknown: hubble observe -o jsonpb, flow logs of Calico or Goldmane, and conntrack -L can be read',
  ]);
});

const flow = (port: number, more: Partial<ObservedFlow> = {}): ObservedFlow => ({
  ...{ source: { address: '10.0.0.1' }, destination: { address: '10.0.0.2' }, port, protocol: 'TCP' },
  ...{ verdict: 'Forwarded', count: 1, ...more },
});

const SOURCE = { reporter: 'Source' } as const;
const DESTINATION = { reporter: 'Destination' } as const;
const DENIED = { verdict: 'Denied' } as const;

const ends: [name: string, flows: Partial<ObservedFlow>[], works: boolean][] = [
  ['the source forwards', [SOURCE], true],
  ['both forward', [SOURCE, DESTINATION], true],
  ['the source forwards, and the destination denies', [SOURCE, { ...DESTINATION, ...DENIED }], false],
  ['the destination denies some', [SOURCE, { ...DESTINATION, ...DENIED }, DESTINATION], true],
  ['the source denies', [{ ...SOURCE, ...DENIED }], false],
  ['the source denied before', [{ ...SOURCE, ...DENIED }, SOURCE], true],
];

for (const [name, flows, works] of ends) {
  test(`whether a connection works: ${name}`, () => {
    const connections = new Connections();
    for (const more of flows) connections.add(flow(80, more));
    assert.equal(
      connections.list().map((one) => one.works),
      [works],
    );
  });
}

test('beyond the bound, flows are counted, and known connections still count', () => {
  const connections = new Connections(2);
  for (const port of [1, 2, 3, 4, 1]) connections.add(flow(port, { count: 2 }));
  assert.equal(
    connections.list().map(({ port, flows }) => [port, flows]),
    [
      [1, 4],
      [2, 2],
    ],
  );
  assert.is(connections.overflow, 4);
});

const lines = async (most: number | undefined, ...parts: readonly (string | Uint8Array)[]) => {
  const found: [number, string | undefined][] = [];
  for await (const { number, text } of linesOf(unpacked(streamOf(...parts)), most)) found.push([number, text]);
  return found;
};

test('lines are joined over parts of a stream, and one that is too long is left out', async () => {
  assert.equal(await lines(undefined, 'a', 'b\nc', '', '\n', '\nd'), [
    [1, 'ab'],
    [2, 'c'],
    [3, ''],
    [4, 'd'],
  ]);
  assert.equal(await lines(3, 'abcd', 'efg\nabc\nabcd'), [
    [1, undefined],
    [2, 'abc'],
    [3, undefined],
  ]);
  assert.equal(await lines(undefined), []);
  const packed = gzipSync('x\ny');
  assert.equal(await lines(undefined, packed.subarray(0, 1), packed.subarray(1)), [
    [1, 'x'],
    [2, 'y'],
  ]);
});

test.run();

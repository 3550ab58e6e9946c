import { request } from 'undici';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { IMAGE_SCAN } from '../../../src/api/group.ts';
import type { ImageScan } from '../../../src/api/imagescan.ts';
import { KubeClient } from '../../../src/kube/rest/client.ts';
import { ApiError } from '../../../src/kube/rest/errors.ts';
import { loadKubeConfig } from '../../../src/kube/rest/kubeconfig.ts';
import { DATE_TIMES } from '../../cli/validation/date-times.ts';
import { Palisade } from '../../harness/palisade.ts';

const palisade = await Palisade.open();
const ns = await palisade.namespace('scan-schema');
test.after(() => palisade.close());

const scanOf = (spec: unknown, name = 'nightly') => ({
  apiVersion: 'security.palisade.dev/v1alpha1',
  kind: 'ImageScan',
  metadata: { name, namespace: ns },
  ...(spec !== undefined && { spec }),
});
const create = (body: object): Promise<ImageScan> =>
  palisade.admin.create<ImageScan>(IMAGE_SCAN, body, { namespace: ns, dryRun: true });

const NOT_CHECKED = 'some validation rules were not checked because the object was invalid';

/** The API server's errors, as [field, message]; empty when it accepts. Its note that it checked no further is left out. */
const problems = async (body: object): Promise<[field: string, message: string][]> => {
  try {
    await create(body);
    return [];
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const causes = error.status.details?.causes ?? [];
    if (causes.length === 0) return [['', error.status.message]];
    return causes
      .filter(({ message = '' }) => !message.includes(NOT_CHECKED))
      .map(({ field = '', message = '' }) => [field, message]);
  }
};

const scheduled = (schedule: string) => ({ schedule });
const selecting = (selector: object) => ({ target: { selector } });
const imaged = (...images: string[]) => ({ target: { images } });
const secrets = (...names: string[]) => ({ pullSecrets: names.map((name) => ({ name })) });
const suppressed = (exception: object) => ({ exceptions: [{ id: 'CVE-2024-1234', status: 'fixed', ...exception }] });
const DIGEST = `sha256:${'0'.repeat(64)}`;

const ACCEPTED: [what: string, spec: object][] = [
  ['nothing but defaults', {}],
  ...['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly'].map(
    (schedule): [string, object] => [`schedule ${schedule}`, scheduled(schedule)],
  ),
  ...['0 3 * * *', '*/15 2-4,8 1 JAN mon-FRI', '0 0 31 2 *'].map((schedule): [string, object] => [
    `schedule ${schedule}`,
    scheduled(schedule),
  ]),
  ['a schedule in a time zone', { schedule: '@daily', timeZone: 'Australia/Lord_Howe' }],
  ['a selector', selecting({ matchLabels: { 'app.kubernetes.io/name': 'web', tier: '' } })],
  [
    'expressions',
    selecting({
      matchExpressions: [
        { key: 'app', operator: 'In', values: ['a', 'b'] },
        { key: 'app', operator: 'Exists' },
        { key: 'example.com/app', operator: 'DoesNotExist', values: [] },
      ],
    }),
  ],
  ...[
    'nginx',
    'nginx:1.27',
    'library/nginx',
    'registry.example.com/team/app:1.2',
    'registry.example.com:5000/team/app',
    'localhost/app',
    'localhost:5000/app:v1',
    '10.0.0.1:5000/app',
    `registry.example.com/a__b/c--d.e@${DIGEST}`,
    `registry.example.com/app:1.2@${DIGEST}`,
    'REGISTRY.example.com/app',
  ].map((image): [string, object] => [`image ${image}`, imaged(image)]),
  ...['Critical', 'High', 'Medium', 'Low', 'None'].map((failOn): [string, object] => [`failOn ${failOn}`, { failOn }]),
  ['eight pull secrets', secrets('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h.example-1')],
  [
    'an exception of each status',
    {
      exceptions: [
        { id: 'CVE-2024-1234', status: 'not_affected', justification: 'not reached' },
        { id: 'GHSA-xxxx-yyyy', status: 'affected' },
        { id: 'RHSA-2024:1', status: 'fixed' },
        { id: 'TEMP-0_1.2', status: 'under_investigation' },
      ],
    },
  ],
  [
    'an exception for a package of an image, for a time',
    suppressed({ package: 'openssl', image: 'a/b/*', expiresAt: '2027-01-31T00:00:00Z' }),
  ],
];

for (const [what, spec] of ACCEPTED) {
  test(`accepted: ${what}`, async () => assert.equal(await problems(scanOf(spec)), []));
}

test('accepted: a name of 63 characters', async () => assert.equal(await problems(scanOf({}, 'a'.repeat(63))), []));

const SCHEDULE =
  'write five fields (minute hour day month weekday), as in 0 3 * * *, or @hourly, @daily, @weekly, @monthly, @yearly';
const IMAGE =
  'write an image reference: [registry/]repository[:tag][@sha256:digest], as in registry.example.com/team/app:1.2';
const EXPRESSION = 'In and NotIn need values; Exists and DoesNotExist take none';
const unknownField = (path: string): string =>
  `ImageScan in version "v1alpha1" cannot be handled as a ImageScan: strict decoding error: unknown field "${path}"`;
const empty = (path: string): string => `Invalid value: "": ${path} in body should be at least 1 chars long`;
const unmatched = (path: string, value: string, pattern: string): string =>
  `Invalid value: "${value}": ${path} in body should match '${pattern}'`;
const LABEL_NAME =
  '^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$';
const LABEL_KEY =
  'a label key is a name of at most 63 characters, optionally after a DNS prefix and a slash, as in app.kubernetes.io/name';
const EXPRESSIONS = 'spec.target.selector.matchExpressions';
const SECRET_NAME = '^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$';
const LABEL_VALUE = '^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$';

const REFUSED: [what: string, spec: unknown, ...problems: [field: string, message: string][]][] = [
  ['no spec', undefined, ['spec', 'Required value']],
  ['an unknown field', { target: { namespace: 'a' } }, ['', unknownField('spec.target.namespace')]],
  [
    'a schedule of nothing',
    scheduled(''),
    ['spec.schedule', empty('spec.schedule')],
    ['spec.schedule', `Invalid value: "": ${SCHEDULE}`],
  ],
  [
    'a schedule that is too long',
    scheduled(`0 3 * * ${'1,'.repeat(61)}1`),
    ['spec.schedule', 'Too long: may not be more than 128 bytes'],
  ],
  ...['nightly', '@reboot', '@every 5m', '0 3 * *', '0 0 3 * * *', '0  3 * * *', '0 3 * * ?', '0 3 * * *\n'].map(
    (schedule): [string, object, [string, string]] => [
      `schedule ${JSON.stringify(schedule)}`,
      scheduled(schedule),
      ['spec.schedule', `Invalid value: ${JSON.stringify(schedule)}: ${SCHEDULE}`],
    ],
  ),
  [
    'a time zone of no schedule',
    { timeZone: 'Europe/Berlin' },
    ['spec', 'Invalid value: timeZone has no effect without schedule'],
  ],
  ['a time zone of nothing', { schedule: '@daily', timeZone: '' }, ['spec.timeZone', empty('spec.timeZone')]],
  ...['-app', 'a b', '/app', 'Example.com/app', 'a'.repeat(64)].map((key): [string, object, [string, string]] => [
    `label key ${key}`,
    selecting({ matchLabels: { [key]: 'a' } }),
    ['spec.target.selector.matchLabels', `Invalid value: ${LABEL_KEY}`],
  ]),
  [
    'a key of an expression',
    selecting({ matchExpressions: [{ key: 'a b', operator: 'Exists' }] }),
    [`${EXPRESSIONS}[0].key`, unmatched(`${EXPRESSIONS}[0].key`, 'a b', LABEL_NAME)],
  ],
  [
    'a prefix of 254 characters',
    selecting({ matchExpressions: [{ key: `${'a'.repeat(254)}/b`, operator: 'Exists' }] }),
    [`${EXPRESSIONS}[0].key`, 'Invalid value: the prefix of a label key has at most 253 characters'],
  ],
  [
    'a value of an expression',
    selecting({ matchExpressions: [{ key: 'a', operator: 'In', values: ['a b'] }] }),
    [`${EXPRESSIONS}[0].values[0]`, unmatched(`${EXPRESSIONS}[0].values[0]`, 'a b', LABEL_VALUE)],
  ],
  [
    'a label value with a slash',
    selecting({ matchLabels: { app: 'a/b' } }),
    ['spec.target.selector.matchLabels.app', unmatched('spec.target.selector.matchLabels.app', 'a/b', LABEL_VALUE)],
  ],
  ...[
    { operator: 'In' },
    { operator: 'NotIn', values: [] },
    { operator: 'Exists', values: ['a'] },
    { operator: 'DoesNotExist', values: ['a'] },
  ].map((expression): [string, object, [string, string]] => [
    `expression ${JSON.stringify(expression)}`,
    selecting({ matchExpressions: [{ key: 'app', ...expression }] }),
    [`${EXPRESSIONS}[0]`, `Invalid value: ${EXPRESSION}`],
  ]),
  [
    'an unknown operator',
    selecting({ matchExpressions: [{ key: 'app', operator: 'Equals', values: ['a'] }] }),
    [
      `${EXPRESSIONS}[0].operator`,
      'Unsupported value: "Equals": supported values: "In", "NotIn", "Exists", "DoesNotExist"',
    ],
  ],
  ...[
    '--help',
    '-f',
    'Nginx',
    'nginx:',
    'nginx@sha256:00',
    `nginx@sha512:${'0'.repeat(128)}`,
    'nginx;id',
    'nginx $(id)',
    'nginx\n',
    '/nginx',
    'a//b',
    'https://registry.example.com/app',
    'user:password@registry.example.com/app',
    '../app',
    `nginx:${'a'.repeat(129)}`,
    'registry.example.com:port/app',
  ].map((image): [string, object, [string, string]] => [
    `image ${JSON.stringify(image)}`,
    imaged(image),
    ['spec.target.images[0]', `Invalid value: ${JSON.stringify(image)}: ${IMAGE}`],
  ]),
  [
    'an image of nothing',
    imaged(''),
    ['spec.target.images[0]', empty('spec.target.images[0]')],
    ['spec.target.images[0]', `Invalid value: "": ${IMAGE}`],
  ],
  ['an image twice', imaged('nginx', 'nginx'), ['spec.target.images[1]', 'Duplicate value: "nginx"']],
  [
    '65 images',
    imaged(...Array.from({ length: 65 }, (_, i) => `app-${i}`)),
    ['spec.target.images', 'Too many: 65: must have at most 64 items'],
  ],
  [
    'failOn in another notation',
    { failOn: 'CRITICAL' },
    ['spec.failOn', 'Unsupported value: "CRITICAL": supported values: "Critical", "High", "Medium", "Low", "None"'],
  ],
  [
    'nine pull secrets',
    secrets('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'),
    ['spec.pullSecrets', 'Too many: 9: must have at most 8 items'],
  ],
  ['a pull secret twice', secrets('a', 'a'), ['spec.pullSecrets[1]', 'Duplicate value: {"name":"a"}']],
  ...['kube-system/token', '../token', 'Token', '-f'].map((name): [string, object, [string, string]] => [
    `pull secret ${JSON.stringify(name)}`,
    secrets(name),
    ['spec.pullSecrets[0].name', unmatched('spec.pullSecrets[0].name', name, SECRET_NAME)],
  ]),
  ['a pull secret of no name', secrets(''), ['spec.pullSecrets[0].name', empty('spec.pullSecrets[0].name')]],
  [
    'a pull secret of another namespace',
    { pullSecrets: [{ name: 'a', namespace: 'b' }] },
    ['', unknownField('spec.pullSecrets[0].namespace')],
  ],
  [
    'not_affected without a reason',
    suppressed({ status: 'not_affected' }),
    ['spec.exceptions[0].justification', 'Invalid value: status not_affected needs a justification'],
  ],
  [
    'not_affected for no reason',
    suppressed({ status: 'not_affected', justification: '' }),
    ['spec.exceptions[0].justification', 'Invalid value: status not_affected needs a justification'],
  ],
  ['an exception of nothing', { exceptions: [{ status: 'fixed' }] }, ['spec.exceptions[0].id', 'Required value']],
  [
    'an exception without a status',
    { exceptions: [{ id: 'CVE-2024-1234' }] },
    ['spec.exceptions[0].status', 'Required value'],
  ],
  [
    'a status of nobody',
    suppressed({ status: 'ignored' }),
    [
      'spec.exceptions[0].status',
      'Unsupported value: "ignored": supported values: "not_affected", "affected", "fixed", "under_investigation"',
    ],
  ],
  [
    'an id that looks like an option',
    suppressed({ id: '--all' }),
    ['spec.exceptions[0].id', unmatched('spec.exceptions[0].id', '--all', '^[A-Za-z0-9][A-Za-z0-9_.:-]*$')],
  ],
  [
    'an end that is no time',
    suppressed({ expiresAt: 'tomorrow' }),
    [
      'spec.exceptions[0].expiresAt',
      'Invalid value: "tomorrow": spec.exceptions[0].expiresAt in body must be of type date-time: "tomorrow"',
    ],
  ],
];

test('times of exceptions: what palisade takes for one', async () => {
  for (const [text, isOne] of DATE_TIMES) {
    const found = await problems(scanOf(suppressed({ expiresAt: text })));
    assert.is(found.length === 0, isOne, text);
  }
});

for (const [what, spec, ...expected] of REFUSED) {
  test(`refused: ${what}`, async () => assert.equal(await problems(scanOf(spec)), expected));
}

test('refused: a name of 64 characters', async () =>
  assert.equal(await problems(scanOf({}, 'a'.repeat(64))), [
    [
      '<nil>',
      'Invalid value: metadata.name must be at most 63 characters: it is part of the names of the generated objects',
    ],
  ]));

test('the defaults are those that the operator relies on', async () => {
  assert.equal((await create(scanOf({}))).spec, {
    suspend: false,
    failOn: 'Critical',
    ignoreUnfixed: false,
    acceptUnknown: ['ThirdPartyPackages', 'NoPackagesFound', 'UnversionedPrograms'],
  });
  assert.equal((await create(scanOf({ acceptUnknown: [] }))).spec.acceptUnknown, [], 'an empty list stays empty');
});

interface Table {
  columnDefinitions: { name: string; type: string; priority: number }[];
  rows: { cells: (string | number | null)[] }[];
}

/** The table that kubectl get requests and prints. */
const tableOf = async (name: string): Promise<Table> => {
  const accept = { Accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
  const asTable = ((url, options) =>
    request(url, {
      ...options,
      headers: { ...(options?.headers as Record<string, string>), ...accept },
    })) as typeof request;
  const config = loadKubeConfig(palisade.kubeconfig);
  try {
    return await new KubeClient(config, { request: asTable }).get<Table>(IMAGE_SCAN, name, ns);
  } finally {
    await config.close();
  }
};

const HOUR_MS = 3_600_000;
const condition = (type: string, status: string, message: string) => ({
  type,
  status,
  reason: 'Because',
  message,
  observedGeneration: 1,
  lastTransitionTime: '2026-11-24T02:00:00Z',
});

test('kubectl get imagescans shows the designed table; the next scan is a time, not <invalid>', async () => {
  await palisade.admin.create(IMAGE_SCAN, scanOf({ schedule: '0 3 * * *' }), { namespace: ns });
  const status = {
    reason: 'Unauthorized',
    conditions: [
      { ...condition('Ready', 'False', '1 of 12 images could not be scanned'), reason: 'Unauthorized' },
      condition('Compliant', 'True', 'no finding of severity Critical'),
      condition('Fresh', 'False', '1 of 12 results outdated'),
    ],
    lastScanTime: new Date(Date.now() - 4 * HOUR_MS - 60_000).toISOString().replace(/\.\d+/, ''),
    nextScanTime: '2099-11-24T02:00:00Z',
    summary: { images: 12, scanned: 12, pending: 0, failed: 1, critical: 0, high: 3, fixable: 2 },
  };
  const options = { namespace: ns, type: 'merge', subresource: 'status' } as const;
  await palisade.admin.patch(IMAGE_SCAN, 'nightly', { status }, options);
  const { columnDefinitions, rows } = await tableOf('nightly');
  const columns = (priority: number) =>
    columnDefinitions.flatMap((c, i) => (c.priority === priority ? [[c.name.toUpperCase(), rows[0]?.cells[i]]] : []));
  const shown = columns(0);
  assert.match(String(shown.at(-1)?.[1]), /^\d+s$/);
  assert.equal(shown.slice(0, -1), [
    ['NAME', 'nightly'],
    ['IMAGES', 12],
    ['FAILED', 1],
    ['CRITICAL', 0],
    ['HIGH', 3],
    ['FIXABLE', 2],
    ['COMPLIANT', 'True'],
    ['READY', 'False'],
    ['REASON', 'Unauthorized'],
    ['LAST SCAN', '4h1m'],
    ['NEXT SCAN', '2099-11-24T02:00:00Z'],
  ]);
  assert.is(shown.at(-1)?.[0], 'AGE');
  assert.equal(columns(1), [
    ['FRESH', 'False'],
    ['UNCOVERED', null],
    ['MESSAGE', '1 of 12 images could not be scanned'],
  ]);
});

test('an ImageScan without a status has empty columns', async () => {
  await palisade.admin.create(IMAGE_SCAN, scanOf({}, 'new'), { namespace: ns });
  const { rows } = await tableOf('new');
  assert.equal(rows[0]?.cells.slice(0, 8), ['new', null, null, null, null, null, null, null]);
});

test.run();

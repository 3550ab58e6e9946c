import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  egressLookup,
  isAllowedRegistry,
  parseAllowedRegistries,
  type Reach,
  redirectTarget,
  registryTarget,
} from '../../../src/scan/registry/egress-policy.ts';

const ALLOWED: readonly [registry: string, allowed: string, boolean][] = [
  ['anything.example.com', '', true],
  ['docker.io', '', true],
  ['r.example.com', 'r.example.com', true],
  ['R.Example.COM', 'r.example.com', true],
  ['r.example.com', 'R.EXAMPLE.com', true],
  ['r.example.com:443', 'r.example.com', true],
  ['r.example.com', 'r.example.com:443', true],
  ['r.example.com:5000', 'r.example.com', false],
  ['r.example.com', 'r.example.com:5000', false],
  ['r.example.com:5000', 'r.example.com:5000', true],
  ['a.example.com', '*.example.com', true],
  ['a.b.example.com', '*.example.com', true],
  ['example.com', '*.example.com', false],
  ['notexample.com', '*.example.com', false],
  ['example.com.evil.net', '*.example.com', false],
  ['a.example.com:5000', '*.example.com', false],
  ['a.example.com:5000', '*.example.com:5000', true],
  ['docker.io', 'docker.io', true],
  ['docker.io', 'index.docker.io', true],
  ['docker.io', 'registry-1.docker.io', true],
  ['index.docker.io', 'docker.io', true],
  ['docker.io', 'ghcr.io, quay.io', false],
  ['quay.io', 'ghcr.io, quay.io', true],
  ['quay.io', '127.0.0.1:5000,*', true],
  ['127.0.0.1:5000', '127.0.0.1:5000', true],
  ['127.0.0.1:5001', '127.0.0.1:5000', false],
  ['0x7f.1:5000', '127.0.0.1:5000', true],
  ['2130706433:5000', '127.0.0.1:5000', true],
  ['localhost', 'localhost', true],
  ['localhost:80', 'localhost', true],
  ['[::1]:5000', '[::1]:5000', true],
  ['[0:0:0:0:0:0:0:1]:5000', '[::1]:5000', true],
  ['r.example.com:0', '', false],
  ['r.example.com:99999', '', false],
  ['r.example.com/path', '', false],
  ['user@r.example.com', '', false],
  ['user:pass@r.example.com', '', false],
  ['-oops', '', false],
  ['--config=/etc/passwd', '', false],
  ['$(id)', '', false],
  ['r.example.com?x', '', false],
  ['r.example.com#x', '', false],
  ['r.example.com\\@evil.net', '', false],
  ['r.example.com\n', '', false],
  ['', '', false],
];

for (const [registry, allowed, expected] of ALLOWED) {
  test(`${JSON.stringify(registry)} ${expected ? 'is' : 'is not'} allowed by [${allowed}]`, () => {
    assert.is(isAllowedRegistry(registry, parseAllowedRegistries(allowed)), expected);
  });
}

for (const wrong of [
  'https://r.example.com',
  'r.example.com/team',
  'a b',
  'a,,b',
  'r.example.com:x',
  '*example.com',
  'a.*.com',
]) {
  test(`--allowed-registries ${wrong} is refused`, () => {
    assert.throws(
      () => parseAllowedRegistries(wrong),
      /is not a registry: write host, host:port, \*\.example\.com or \*/,
    );
  });
}

/** `url reach`, or the reason and the message. */
const outcome = (decide: () => { url: URL; reach: Reach }): string => {
  try {
    const { url, reach } = decide();
    return `${url.href} ${reach}`;
  } catch (error) {
    return `${(error as { reason?: string }).reason}: ${(error as Error).message}`;
  }
};

const LOCAL = 'it is a loopback, link-local, multicast or cloud metadata address';

const refused = (address: string, why: string, entry: string): string =>
  `Palisade does not connect to ${address}, because ${why}. To allow it, add ${entry} to --allowed-registries`;

const REGISTRIES: readonly [registry: string, allowed: string, outcome: string][] = [
  ['docker.io', '', 'https://registry-1.docker.io/ private'],
  ['docker.io', 'docker.io', 'https://registry-1.docker.io/ private'],
  ['r.example.com', '', 'https://r.example.com/ private'],
  ['r.example.com:5000', '', 'https://r.example.com:5000/ private'],
  ['r.example.com:80', '', 'https://r.example.com:80/ private'],
  ['10.1.2.3:5000', '', 'https://10.1.2.3:5000/ private'],
  ['10.1.2.3:5000', '10.1.2.3:5000', 'https://10.1.2.3:5000/ any'],
  ['localhost', '', 'https://localhost:80/ private'],
  ['localhost', 'localhost', 'http://localhost/ any'],
  ['localhost:5000', '*', 'https://localhost:5000/ private'],
  ['127.0.0.1:5000', '127.0.0.1:5000', 'http://127.0.0.1:5000/ any'],
  ['127.1:5000', '127.0.0.1:5000', 'http://127.0.0.1:5000/ any'],
  ['[::1]:5000', '[::1]:5000', 'http://[::1]:5000/ any'],
  ['127.0.0.1:5000', '', `NotAllowed: ${refused('127.0.0.1', LOCAL, '127.0.0.1:5000')}`],
  ['127.0.0.1:5000', '*', `NotAllowed: ${refused('127.0.0.1', LOCAL, '127.0.0.1:5000')}`],
  ['0x7f000001:5000', '', `NotAllowed: ${refused('127.0.0.1', LOCAL, '127.0.0.1:5000')}`],
  ['0177.0.0.1', '', `NotAllowed: ${refused('127.0.0.1', LOCAL, '127.0.0.1:80')}`],
  ['2852039166', '', `NotAllowed: ${refused('169.254.169.254', LOCAL, '169.254.169.254:443')}`],
  ['169.254.169.254', '', `NotAllowed: ${refused('169.254.169.254', LOCAL, '169.254.169.254:443')}`],
  ['[::ffff:169.254.169.254]', '', `NotAllowed: ${refused('::ffff:a9fe:a9fe', LOCAL, '[::ffff:a9fe:a9fe]:443')}`],
  ['[fd00:ec2::254]', '', `NotAllowed: ${refused('fd00:ec2::254', LOCAL, '[fd00:ec2::254]:443')}`],
  ['0.0.0.0:5000', '', `NotAllowed: ${refused('0.0.0.0', LOCAL, '0.0.0.0:5000')}`],
  ['[::]:5000', '', `NotAllowed: ${refused('::', LOCAL, '[::]:5000')}`],
  [
    'r.example.com',
    'ghcr.io',
    'NotAllowed: r.example.com is not an allowed registry: ask the administrator of Palisade to add it to --allowed-registries',
  ],
  ['-x', '', 'NotAllowed: -x is not a registry: write host or host:port'],
];

for (const [registry, allowed, expected] of REGISTRIES) {
  test(`registry ${registry} with [${allowed}]: ${expected}`, () => {
    assert.is(
      outcome(() => registryTarget(registry, parseAllowedRegistries(allowed))),
      expected,
    );
  });
}

const PRIVATE = 'it is a private address, and a registry may not refer clients to one';

/** Of a redirect to a local address, which no entry permits. */
const referred = (address: string, from = 'r.example.com'): string =>
  `Palisade does not connect to ${address}, because ${LOCAL}, and ${from} may not refer clients to one: correct its redirects and its token service`;

const SENT: readonly [registry: string, allowed: string, sent: string, outcome: string][] = [
  ['r.example.com', '', '/v2/other', 'https://r.example.com/v2/other private'],
  ['r.example.com', '', 'https://r.example.com:443/x', 'https://r.example.com/x private'],
  ['r.example.com', '', 'https://cdn.example.net/x?sig=1', 'https://cdn.example.net/x?sig=1 public'],
  ['r.example.com', '', '//cdn.example.net/x', 'https://cdn.example.net/x public'],
  ['r.example.com', 'r.example.com', 'https://cdn.example.net/x', 'https://cdn.example.net/x public'],
  ['r.example.com', '*,cdn.example.net', 'https://cdn.example.net/x', 'https://cdn.example.net/x private'],
  ['r.example.com', '', 'https://r.example.com:8443/x', 'https://r.example.com:8443/x public'],
  [
    'r.example.com',
    '',
    'http://r.example.com/x',
    'NotAllowed: r.example.com refers to http://r.example.com/x, which is not https',
  ],
  [
    'r.example.com',
    '',
    'http://cdn.example.net/x',
    'NotAllowed: r.example.com refers to http://cdn.example.net/x, which is not https',
  ],
  [
    'r.example.com',
    '',
    'file:///etc/passwd',
    'NotAllowed: r.example.com refers to file:///etc/passwd, which is not https',
  ],
  ['r.example.com', '', 'ftp://x/', 'NotAllowed: r.example.com refers to ftp://x/, which is not https'],
  ['r.example.com', '', 'https://', 'NotAllowed: r.example.com refers to https://, which is not a URL'],
  ['r.example.com', '', 'https://127.0.0.1/', `NotAllowed: ${referred('127.0.0.1')}`],
  ['r.example.com', '', 'https://0x7f.1/', `NotAllowed: ${referred('127.0.0.1')}`],
  ['r.example.com', '', 'https://2130706433/', `NotAllowed: ${referred('127.0.0.1')}`],
  ['r.example.com', '', 'https://%31%32%37.0.0.1/', `NotAllowed: ${referred('127.0.0.1')}`],
  ['r.example.com', '', 'https://①②⑦.0.0.1/', `NotAllowed: ${referred('127.0.0.1')}`],
  ['r.example.com', '', 'https://127.0.0.1./', `NotAllowed: ${referred('127.0.0.1')}`],
  ['r.example.com', '', 'https://x@169.254.169.254/', `NotAllowed: ${referred('169.254.169.254')}`],
  ['r.example.com', '', 'https://[::ffff:7f00:1]/', `NotAllowed: ${referred('::ffff:7f00:1')}`],
  ['r.example.com', '', 'https://[fe80::1]/', `NotAllowed: ${referred('fe80::1')}`],
  ['r.example.com', '', 'https://10.0.0.1/', `NotAllowed: ${refused('10.0.0.1', PRIVATE, '10.0.0.1:443')}`],
  ['r.example.com', '', 'https://192.168.0.1/', `NotAllowed: ${refused('192.168.0.1', PRIVATE, '192.168.0.1:443')}`],
  ['r.example.com', '', 'https://100.64.0.1/', `NotAllowed: ${refused('100.64.0.1', PRIVATE, '100.64.0.1:443')}`],
  ['r.example.com', '', 'https://[fd00::1]/', `NotAllowed: ${refused('fd00::1', PRIVATE, '[fd00::1]:443')}`],
  ['r.example.com', '10.0.0.1:8443,*', 'https://10.0.0.1:8443/', 'https://10.0.0.1:8443/ any'],
  [
    'r.example.com',
    '10.0.0.1:8443,*',
    'https://10.0.0.1/',
    `NotAllowed: ${refused('10.0.0.1', PRIVATE, '10.0.0.1:443')}`,
  ],
  ['r.example.com', '*.example.net,*', 'https://x.example.net/', 'https://x.example.net/ public'],
  [
    'r.example.com',
    '127.0.0.1:5000,*',
    'http://127.0.0.1:5000/',
    'NotAllowed: r.example.com refers to http://127.0.0.1:5000/, which is not https',
  ],
  ['10.0.0.1:5000', '', '/x', 'https://10.0.0.1:5000/x private'],
  ['10.0.0.1:5000', '', 'https://10.0.0.1:5001/x', `NotAllowed: ${refused('10.0.0.1', PRIVATE, '10.0.0.1:5001')}`],
  ['127.0.0.1:5000', '127.0.0.1:5000', '/x', 'http://127.0.0.1:5000/x any'],
  [
    '127.0.0.1:5000',
    '127.0.0.1:5000',
    'http://127.0.0.1:6000/x',
    'NotAllowed: 127.0.0.1:5000 refers to http://127.0.0.1:6000/x, which is not https',
  ],
  [
    '127.0.0.1:5000',
    '127.0.0.1:5000',
    'https://127.0.0.1:6000/x',
    `NotAllowed: ${refused('127.0.0.1', LOCAL, '127.0.0.1:6000')}`,
  ],
  ['127.0.0.1:5000', '127.0.0.1:5000,127.0.0.1:6000', 'http://127.0.0.1:6000/x', 'http://127.0.0.1:6000/x any'],
  [
    '127.0.0.1:5000',
    '127.0.0.1:5000,localhost:6000',
    'http://localhost:6000/x',
    'NotAllowed: 127.0.0.1:5000 refers to http://localhost:6000/x, which is not https',
  ],
  // An entry of the list permits what users request, not what another host makes up.
  ['r.example.com', '127.0.0.1:5000,*', 'https://127.0.0.1:5000/', `NotAllowed: ${referred('127.0.0.1')}`],
  ['r.example.com', '[::1]:5000,*', 'https://[::1]:5000/', `NotAllowed: ${referred('::1')}`],
  ['r.example.com', '0.0.0.0:5000,*', 'https://0.0.0.0:5000/', `NotAllowed: ${referred('0.0.0.0')}`],
  ['r.example.com', 'localhost:5000,*', 'https://localhost:5000/', `NotAllowed: ${referred('localhost')}`],
  ['r.example.com', '', 'https://localhost/', `NotAllowed: ${referred('localhost')}`],
  ['r.example.com', '', 'https://LOCALHOST/', `NotAllowed: ${referred('localhost')}`],
  ['r.example.com', '169.254.1.1:5000,*', 'https://169.254.1.1:5000/', `NotAllowed: ${referred('169.254.1.1')}`],
  ['r.example.com', '[fd00:ec2::23]:443,*', 'https://[fd00:ec2::23]/', `NotAllowed: ${referred('fd00:ec2::23')}`],
  ['r.example.com', '', 'https://[64:ff9b::7f00:1]/', `NotAllowed: ${referred('64:ff9b::7f00:1')}`],
  ['r.example.com', '', 'https://[2002:7f00:1::]/', `NotAllowed: ${referred('2002:7f00:1::')}`],
  [
    '10.0.0.1:5000',
    '10.0.0.1:5000,127.0.0.1:5000',
    'https://127.0.0.1:5000/',
    `NotAllowed: ${referred('127.0.0.1', '10.0.0.1:5000')}`,
  ],
  ['127.0.0.1:5000', '127.0.0.1:5000,localhost:6000', 'https://localhost:6000/x', 'https://localhost:6000/x any'],
  ['localhost:5000', 'localhost:5000,127.0.0.1:6000', 'https://127.0.0.1:6000/x', 'https://127.0.0.1:6000/x any'],
];

for (const [registry, allowed, sent, expected] of SENT) {
  test(`${registry} with [${allowed}] refers to ${sent}: ${expected}`, () => {
    const entries = parseAllowedRegistries(allowed);
    const target = registryTarget(registry, entries);
    assert.is(
      outcome(() => redirectTarget(sent, target.url, target, entries)),
      expected,
    );
  });
}

test('what a loopback registry refers to may not refer back to loopback', () => {
  const entries = parseAllowedRegistries('127.0.0.1:5000,*');
  const registry = registryTarget('127.0.0.1:5000', entries);
  for (const back of ['http://127.0.0.1:5000/x', 'https://127.0.0.1:5000/x']) {
    assert.is(
      outcome(() => redirectTarget(back, new URL('https://cdn.example.net/'), registry, entries)),
      `NotAllowed: ${referred('127.0.0.1', 'cdn.example.net')}`,
    );
  }
});

const resolving =
  (...addresses: string[]): LookupFunction =>
  (_, __, callback) =>
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );

/** What a connection would be made to. */
const looked = (reach: Reach, addresses: string[], all: boolean): Promise<string> =>
  new Promise((resolve) => {
    egressLookup(reach, resolving(...addresses))('r.example.com', { all }, (error, result) => {
      resolve(error ? error.message : JSON.stringify(all ? (result as LookupAddress[]).map((r) => r.address) : result));
    });
  });

/** Adding the name would not help. */
const refusedName = (address: string): string =>
  `Palisade does not connect to r.example.com (${address}), because ${LOCAL}. To allow it, name the registry by this address, and add the address, with its port, to --allowed-registries`;

const LOOKUPS: readonly [Reach, string[], string][] = [
  ['public', ['8.8.8.8'], '8.8.8.8'],
  ['public', ['10.0.0.1'], refused('r.example.com (10.0.0.1)', PRIVATE, 'r.example.com, with its port,')],
  ['public', ['8.8.8.8', '127.0.0.1'], refusedName('127.0.0.1')],
  ['public', ['2606:4700::1', '::ffff:169.254.169.254'], refusedName('::ffff:169.254.169.254')],
  ['private', ['10.0.0.1'], '10.0.0.1'],
  ['private', ['127.0.0.1'], refusedName('127.0.0.1')],
  ['private', ['169.254.169.254'], refusedName('169.254.169.254')],
  ['any', ['127.0.0.1'], '127.0.0.1'],
  ['any', [], 'r.example.com has no address'],
];

for (const [reach, addresses, expected] of LOOKUPS) {
  test(`a name at [${addresses}] within reach ${reach}: ${expected}`, async () => {
    assert.ok((await looked(reach, addresses, true)).includes(expected));
    assert.ok((await looked(reach, addresses, false)).includes(expected));
  });
}

test('localhost at a loopback address: the cure names localhost', async () => {
  const failure = await new Promise((resolve) => {
    egressLookup('private', resolving('127.0.0.1'))('localhost', {}, (error) => resolve(error?.message));
  });
  assert.is(failure, refused('localhost (127.0.0.1)', LOCAL, 'localhost, with its port,'));
});

test('a different DNS answer to the next query gains nothing', async () => {
  const answers = ['8.8.8.8', '127.0.0.1'];
  const rebinding: LookupFunction = (_, __, callback) => callback(null, [{ address: answers.shift()!, family: 4 }]);
  const lookup = egressLookup('public', rebinding);
  const ask = () => new Promise((resolve) => lookup('r.example.com', {}, (error, found) => resolve(error ?? found)));
  assert.is(await ask(), '8.8.8.8');
  assert.is(((await ask()) as { reason?: string }).reason, 'NotAllowed');
});

test.run();

import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Authority, createAuthority } from '../../../hack/controlplane/certificates.ts';
import { Contents, type HostileRegistry, hostileRegistry, type Misbehave, refuse } from './hostile-registry.ts';
import { pulling } from './pulling.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const IMAGE = `HOST/team/app@${DIGEST}`;
const LOCAL = 'it is a loopback, link-local, multicast or cloud metadata address';
const PRIVATE = 'it is a private address, and a registry may not refer clients to one';

const refused = (address: string, why: string, cure: string): string =>
  `Palisade does not connect to ${address}, because ${why}. To allow it, ${cure}`;
const add = (entry: string): string => `add ${entry} to --allowed-registries`;
const BY_ADDRESS = 'name the registry by this address, and add the address, with its port, to --allowed-registries';
const credentials = { username: 'user', password: 'pass' };
const BASIC = `Basic ${Buffer.from('user:pass').toString('base64')}`;

const redirect =
  (location: string, status = 307): Misbehave =>
  (_, response) => {
    response.writeHead(status, { location });
    response.end();
  };

const REFUSED: readonly [location: string, failure: string][] = [
  [
    'http://169.254.169.254/latest/meta-data/',
    'HOST refers to http://169.254.169.254/latest/meta-data/, which is not https',
  ],
  ['https://169.254.169.254/latest/', refused('169.254.169.254', LOCAL, add('169.254.169.254:443'))],
  ['https://[fd00:ec2::254]/latest/', refused('fd00:ec2::254', LOCAL, add('[fd00:ec2::254]:443'))],
  ['https://10.0.0.1/', refused('10.0.0.1', PRIVATE, add('10.0.0.1:443'))],
  ['https://192.168.1.1:8443/', refused('192.168.1.1', PRIVATE, add('192.168.1.1:8443'))],
  ['https://localhost.test/', refused('localhost.test (127.0.0.1)', LOCAL, BY_ADDRESS)],
  ['https://private.test/', refused('private.test (10.0.0.1)', PRIVATE, add('private.test, with its port,'))],
  ['https://both.test/', refused('both.test (169.254.169.254)', LOCAL, BY_ADDRESS)],
  ['gopher://x/', 'HOST refers to gopher://x/, which is not https'],
  ['https://:0/', 'HOST refers to https://:0/, which is not a URL'],
  ['https://:0/?Signature=secret', 'HOST refers to https://:0/, which is not a URL'],
  ['http://user:secret@x.example/?Signature=secret#secret', 'HOST refers to http://x.example/, which is not https'],
];

const NAMES: Readonly<Record<string, string[]>> = {
  'localhost.test': ['127.0.0.1'],
  'private.test': ['10.0.0.1'],
  'both.test': ['8.8.8.8', '169.254.169.254'],
};

for (const [location, failure] of REFUSED) {
  test(`a redirect to ${location} is refused`, async () => {
    await pulling(
      redirect(location),
      async ({ pull, server }) => {
        assert.is((await pull({ digest: DIGEST })).failure, `NotAllowed: ${IMAGE}: ${failure}`);
        assert.is(server.asked.length, 1);
      },
      {
        lookup: (hostname, _, callback) =>
          callback(
            null,
            NAMES[hostname]!.map((address) => ({ address, family: 4 })),
          ),
      },
    );
  });
}

const withOther = async (answer: Misbehave, work: (other: HostileRegistry) => Promise<void>): Promise<void> => {
  const other = await hostileRegistry(answer);
  try {
    await work(other);
  } finally {
    await other.close();
  }
};

test('nothing arrives at another port of loopback that is not allowed', async () => {
  const contents = new Contents();
  const image = contents.image();
  await withOther(contents.serve, async (other) => {
    for (const status of [301, 302, 303, 307, 308]) {
      for (const scheme of ['http', 'https']) {
        const location = `${scheme}://${other.registry}/x`;
        await pulling(redirect(location, status), async ({ pull }) => {
          const { failure } = await pull({ digest: image.digest });
          assert.match(failure, /^NotAllowed: HOST\/team\/app@sha256:\w+: /);
        });
      }
    }
    assert.equal(other.asked, []);
  });
});

test('a redirect loop ends after five redirects', async () => {
  await pulling(redirect('/v2/again'), async ({ pull, server }) => {
    assert.is(
      (await pull({ digest: DIGEST })).failure,
      `Unreachable: ${IMAGE}: HOST redirects more than 5 times; check the registry`,
    );
    assert.is(server.asked.length, 6);
  });
});

test('Authorization stays with the host that asked for it, and does not return after a detour', async () => {
  const contents = new Contents();
  const image = contents.image();
  let home = '';
  const elsewhere: Misbehave = ({ path }, response) =>
    redirect(`http://${home}/back${path}`)({} as never, response, {} as never);
  await withOther(elsewhere, async (other) => {
    const answer: Misbehave = (asked, response, request) => {
      if (asked.path.startsWith('/back/')) return contents.serve(asked, response, request);
      if (asked.headers.authorization !== BASIC) {
        return refuse(response, 401, 'UNAUTHORIZED', '', { 'www-authenticate': 'Basic realm="x"' });
      }
      return redirect(asked.path.includes('/blobs/') ? `http://${other.registry}${asked.path}` : `/back${asked.path}`)(
        asked,
        response,
        request,
      );
    };
    await pulling(
      answer,
      async ({ pull, server, source }) => {
        home = server.registry;
        assert.is((await pull({ digest: image.digest, source: { ...source, credentials } })).failure, '');
        assert.is(other.asked.length, 2);
        assert.equal(
          other.asked.map(({ headers }) => headers.authorization),
          [undefined, undefined],
        );
        const back = server.asked.filter(({ path }) => path.startsWith('/back/'));
        assert.equal(
          back.map(({ path, headers }) => [path.split('/')[5], headers.authorization]),
          [
            ['manifests', BASIC],
            ['blobs', undefined],
            ['blobs', undefined],
          ],
        );
      },
      { allowedRegistries: [other.registry] },
    );
  });
});

test('only the registry may ask for its credentials, not the target of its redirects', async () => {
  const ask: Misbehave = (_, response) =>
    refuse(response, 401, 'UNAUTHORIZED', '', { 'www-authenticate': 'Basic realm="give"' });
  await withOther(ask, async (other) => {
    await pulling(
      redirect(`http://${other.registry}/x`),
      async ({ pull, source }) => {
        const { failure } = await pull({ digest: DIGEST, source: { ...source, credentials } });
        assert.match(failure, /^Unauthorized: /);
        assert.equal(
          other.asked.map(({ headers }) => headers.authorization),
          [undefined],
        );
      },
      { allowedRegistries: [other.registry] },
    );
  });
});

test('https connects only to a host with a certificate for its name, from a trusted authority', async () => {
  const contents = new Contents();
  const image = contents.image();
  const trusted = await createAuthority();
  const before = getCACertificates();
  const servers: readonly [names: string[] | undefined, authority: Authority, failure: RegExp][] = [
    [['127.0.0.1'], trusted, /^$/],
    [['other.test'], trusted, /^Unreachable: .* its certificate is for other names; check the name of the registry$/],
    [
      ['127.0.0.1'],
      await createAuthority(),
      /^Unreachable: .* its certificate is not trusted \(\w+\); give the operator its CA in NODE_EXTRA_CA_CERTS$/,
    ],
    [undefined, trusted, /^Unreachable: .* it does not speak TLS \(\w+\); check its port$/],
  ];
  setDefaultCACertificates([...before, trusted.certificate]);
  try {
    for (const [names, authority, expected] of servers) {
      const other = await hostileRegistry(contents.serve, names && (await authority.serving(names)));
      try {
        await pulling(
          ({ path }, response, request) => redirect(`https://${other.registry}${path}`)({} as never, response, request),
          async ({ pull }) => assert.match((await pull({ digest: image.digest })).failure, expected),
          { allowedRegistries: [other.registry] },
        );
        assert.is(other.asked.length > 0, expected.test(''));
      } finally {
        await other.close();
      }
    }
  } finally {
    setDefaultCACertificates(before);
  }
});

test.run();

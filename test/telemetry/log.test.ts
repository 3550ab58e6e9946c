import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ApiError, NetworkError } from '../../src/kube/rest/errors.ts';
import { createLogger } from '../../src/telemetry/log.ts';
import { cpuMs } from '../harness/cpu-ms.ts';

const directory = await mkdtemp(join(tmpdir(), 'palisade-log-'));
test.after(() => rm(directory, { recursive: true, force: true }));

let files = 0;
const written = async (format: 'json' | 'text', write: (log: Logger) => void): Promise<string> => {
  const file = join(directory, `${++files}`);
  write(createLogger({ level: 'debug', format }, file));
  return await readFile(file, 'utf8');
};

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;

const base64 = (text: string): string => Buffer.from(text).toString('base64');

const PASSWORD = 'hunter2/x+y"z\\q';
const PLAIN = 'Pa55-w0rd~plain';
const USER_AND_PASSWORD = base64(`robot:${PLAIN}`);
const JWT = `eyJhbGciOiJSUzI1NiIsImtpZCI6IiJ9.${base64('{"sub":"system:serviceaccount:a:b"}').replaceAll('=', '')}.c2lnbmF0dXJl-_x`;
const OPAQUE = 'a1b2c3d4-opaque-token';
const KEY_LINES = 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj';
const KEY = `-----BEGIN RSA PRIVATE KEY-----\n${KEY_LINES}\n-----END RSA PRIVATE KEY-----\n`;
const DOCKER_CONFIG = JSON.stringify({
  auths: { 'r.example.com': { username: 'robot', password: PLAIN, auth: USER_AND_PASSWORD } },
});

/** In no line, however it was given; the quotes of PASSWORD would be escaped, and its head is enough. */
const SECRETS = [
  'hunter',
  'w0rd~plain',
  USER_AND_PASSWORD,
  JWT.slice(0, 30),
  JWT.slice(-12),
  OPAQUE,
  KEY_LINES,
  base64(PLAIN),
  base64(DOCKER_CONFIG).slice(0, 40),
];

const secret = {
  apiVersion: 'v1',
  kind: 'Secret',
  type: 'kubernetes.io/dockerconfigjson',
  metadata: {
    name: 'registry-credentials',
    annotations: { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ stringData: { any: PLAIN } }) },
  },
  data: { '.dockerconfigjson': base64(DOCKER_CONFIG), any: base64(PLAIN) },
  stringData: { any: PASSWORD },
};

const deep = (value: unknown): object => ({ a: { b: [{ c: { d: value } }] } });

const failing = (message: string, more: object = {}): Error =>
  Object.assign(new NetworkError(message, { cause: new Error(`caused by ${message}`) }), more);

const apiError = new ApiError(
  {
    kind: 'Status',
    code: 403,
    reason: 'Forbidden',
    message: `Secret "x" is invalid: data: ${JSON.stringify({ data: { any: base64(PLAIN) } })}`,
  } as never,
  `GET https://robot:${PLAIN}@127.0.0.1/api/v1/secrets?token=${OPAQUE}`,
);

const given: Record<string, (log: Logger) => void> = {
  'a Secret': (log) => log.info({ secret, object: secret, list: { kind: 'SecretList', items: [secret] } }, 'read'),
  'a Secret, deep inside': (log) => log.info(deep(secret), 'read'),
  'a Secret as text': (log) => log.info(`read ${JSON.stringify(secret)}`),
  'a Secret as text in a text': (log) => log.info({ body: JSON.stringify({ body: JSON.stringify(secret) }) }, 'read'),
  'a Secret cut short': (log) => log.info(`read ${JSON.stringify({ password: PLAIN }).slice(0, -4)}`),
  'a Secret as YAML': (log) =>
    log.info(
      `kind: Secret\nstringData:\n  password: ${PLAIN}\n  other-password: hunter\n  .dockerconfigjson: ${base64(DOCKER_CONFIG)}\n`,
    ),
  'a Buffer of its data': (log) =>
    log.info({ data: Buffer.from(PLAIN), content: deep({ data: [...Buffer.from(PLAIN)] }) }, 'read'),
  'a docker config': (log) => log.info(JSON.parse(DOCKER_CONFIG), 'read'),
  'a docker config, as text': (log) => log.info(`read ${DOCKER_CONFIG}, or ${base64(DOCKER_CONFIG)}`),
  'credentials of a registry': (log) =>
    log.info(
      { registry: { username: 'robot', password: PASSWORD, identitytoken: OPAQUE, auth: USER_AND_PASSWORD } },
      'r',
    ),
  'what a registry answers': (log) =>
    log.info(`401: ${JSON.stringify({ token: OPAQUE, access_token: JWT, expires_in: 300 })}`),
  'headers as an object': (log) =>
    log.info(
      {
        headers: {
          Authorization: `Bearer ${JWT}`,
          'proxy-authorization': `Basic ${USER_AND_PASSWORD}`,
          'Set-Cookie': [`s=${OPAQUE}`],
          'X-Registry-Auth': base64(DOCKER_CONFIG),
        },
      },
      'sent',
    ),
  'headers as a list': (log) =>
    log.info({ raw: ['Host', 'r', 'authorization', OPAQUE], pairs: [['cookie', `s=${OPAQUE}`]] }, 'sent'),
  'headers as text': (log) =>
    log.info(
      `GET / HTTP/1.1\r\nAuthorization: Digest username="robot", response=${OPAQUE}\r\nCookie: a=1; s=${OPAQUE}\r\n`,
    ),
  'a bearer token in words': (log) =>
    log.info(`sent Bearer ${OPAQUE}, then bearer ${JWT}, then Basic ${USER_AND_PASSWORD}`),
  'a token by itself': (log) => log.info({ said: JWT }, JWT),
  'a URL with credentials': (log) =>
    log.info(
      { url: `https://robot:${PLAIN}@r.example.com/v2/` },
      `pull oci://robot:${PLAIN}@r.example.com/a@sha256:12`,
    ),
  'a URL with a token': (log) =>
    log.info(
      { url: `https://r.example.com/blob?X-Amz-Signature=${OPAQUE}&X-Amz-Security-Token=${OPAQUE}&sig=${OPAQUE}` },
      'redirected',
    ),
  'a URL object': (log) => log.info({ url: new URL(`https://robot:${PLAIN}@r.example.com/`) }, 'pull'),
  'a private key': (log) => log.info({ tls: { 'client-key-data': base64(KEY), pem: KEY } }, KEY),
  'a kubeconfig': (log) =>
    log.info({ users: [{ name: 'u', user: { token: OPAQUE, clientKeyData: KEY, password: PASSWORD } }] }, 'read'),
  'variables of a container': (log) =>
    log.info(
      { env: [{ name: 'REGISTRY_PASSWORD', value: PASSWORD }] },
      `run with TRIVY_PASSWORD=${PLAIN} --token ${JWT}`,
    ),
  'keys of clouds': (log) =>
    log.info(
      { env: { AWS_SECRET_ACCESS_KEY: OPAQUE, secretAccessKey: PASSWORD } },
      `AWS_SECRET_ACCESS_KEY=${OPAQUE} AccountName=a;AccountKey=${PLAIN};pwd=${PLAIN}`,
    ),
  'flags of a command': (log) =>
    log.info({ args: ['--password', PASSWORD, '--registry-token', OPAQUE] }, `trivy --password ${PLAIN} image`),
  'credentials that look like a digest': (log) =>
    log.info(
      `sha256:${PLAIN}@r.example.com, https://${DIGEST.slice(7)}:${PLAIN}@r.example.com/a@${DIGEST}, password=${PLAIN}@${DIGEST}`,
    ),
  'credentials before a host': (log) => log.info(`cannot reach robot:${PLAIN}@r.example.com/app`),
  'an error': (log) =>
    log.error({ err: failing(`cannot ask with Bearer ${OPAQUE} https://robot:${PLAIN}@r`) }, 'failed'),
  'an error alone': (log) => log.error(failing(`https://r/?access_token=${OPAQUE}`)),
  'an error with its request': (log) =>
    log.error(
      {
        err: failing('no', {
          request: { headers: { authorization: OPAQUE }, auth: PASSWORD },
          config: { password: PASSWORD },
        }),
      },
      'failed',
    ),
  'an answer of the API server': (log) => log.error({ err: apiError }, apiError.message),
  'several errors': (log) =>
    log.error(
      { err: new AggregateError([failing(`Bearer ${JWT}`)], `all failed: Basic ${USER_AND_PASSWORD}`) },
      'failed',
    ),
  'the fields of a child': (log) =>
    log
      .child({ token: OPAQUE, user: { password: PASSWORD } })
      .child(deep({ secret }))
      .info('done'),
};

for (const [what, write] of Object.entries(given)) {
  for (const format of ['json', 'text'] as const) {
    test(`as ${format}, nothing is left of ${what}`, async () => {
      const text = await written(format, write);
      assert.match(text, '[redacted]');
      assert.equal(
        SECRETS.filter((s) => text.includes(s)),
        [],
        text,
      );
    });
  }
}

const SHA512 = `sha512:${'0123456789abcdef'.repeat(8)}`;

const kept: [what: string, fields: object, message: string][] = [
  [
    'names',
    { policy: 'team-a/token', imageScan: 'team-a/password', reconcile: '1f2e3d4c' },
    'NetworkPolicy web-base-1 was changed by field manager kubectl-edit: restored',
  ],
  [
    'pull secrets by name',
    { reason: 'PullSecretUnreadable' },
    'Secret team-a/registry-credentials: may not be read: kubectl apply -n team-a -k config/pull-secrets',
  ],
  [
    'images',
    { image: 'r.example.com/team/app@sha256:0123 linux/amd64' },
    'https://r.example.com/v2/team/app/manifests/sha256:0123?n=10: 404',
  ],
  [
    'images with tag and digest',
    { image: 'nginx:1.27@sha256:0123', args: ['--token-file', '/a'] },
    'localhost:5000/nginx:1.27@sha256:0123 is not signed; ask security@example.com',
  ],
  [
    'images by digest and platform',
    {
      image: `${DIGEST}@linux/amd64`,
      images: [`${DIGEST}@linux/arm/v7`, `${SHA512}@windows/amd64`],
      args: ['--image', `${DIGEST}@linux/arm64`],
    },
    `image=${DIGEST}@linux/amd64: (${SHA512}@linux/amd64): Job palisade-sbom-1: ${DIGEST}@linux/arm64: no answer`,
  ],
  [
    'names with digests',
    {
      image: `r.example.com:5000/team/token:1.2.3-alpine@${DIGEST}`,
      imageID: `docker-pullable://nginx:1.27@${DIGEST}`,
    },
    `localhost:5000/nginx@${SHA512}, docker.io/library/secret@${DIGEST} and docker-pullable://nginx@${DIGEST} are equal`,
  ],
  [
    'URLs with digests',
    { url: `https://r.example.com/v2/team/token/blobs/${DIGEST}?ns=docker.io` },
    `GET oci://r.example.com/a@${DIGEST} https://r.example.com/v2/a/manifests/${SHA512} (?digest=${DIGEST}): 404`,
  ],
  [
    'UIDs, versions and hashes',
    {
      uid: '2b1c3c4e-0a1b-4c2d-9e8f-444455556666',
      resourceVersion: '184467440',
      checksum: '0123456789abcdef'.repeat(4),
    },
    'uid 2b1c3c4e-0a1b-4c2d-9e8f-444455556666@184467440 of palisade-sbom-ee93c19487f18a6b5fb8-4k2xz',
  ],
  [
    'challenges',
    { why: 'Bearer realm="https://auth.example.com/token",service="r"' },
    'Basic authentication is not accepted',
  ],
  [
    'figures and flags',
    { ms: 12, listening: ['127.0.0.1:8080'], hasToken: false, password: null },
    'the token of the ServiceAccount, token: expired',
  ],
];

for (const [what, fields, message] of kept) {
  test(`${what} stay as they are`, async () => {
    const { time: _, ...line } = JSON.parse(await written('json', (log) => log.warn(fields, message)));
    assert.equal(line, { level: 'warn', ...fields, msg: message });
  });
}

const STEERS = '\u001b[2J\u009b31m\u202egpj.exe\u2066\u0007\u007f\u2028\ud83d';

for (const format of ['json', 'text'] as const) {
  test(`as ${format}, no text steers a terminal, reorders the line or begins another line`, async () => {
    const text = await written(format, (log) =>
      log
        .child({ policy: STEERS })
        .warn(
          { image: STEERS, deep: { list: [`x${STEERS}`], [`k${STEERS}`]: 1 }, err: failing(`no ${STEERS}`) },
          `pod a${STEERS}\n[12:00:00.000] INFO: forged\r\ttext`,
        ),
    );
    assert.not.match(text, /[^\n\P{Cc}]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
    assert.not.match(text, /\\u(?:00|d8)/);
    assert.not.match(text, /^\[12:00/m);
    assert.match(text, 'gpj.exe');
  });
}

test('a text of megabytes is cut, after it is redacted', async () => {
  const text = `${'😀'.repeat(8_190)}xx https://robot:${PLAIN}@r.example.com ${'y'.repeat(5_000_000)}`;
  const line = await written('json', (log) => log.warn({ image: text }, text));
  assert.ok(line.length < 70_000, `${line.length}`);
  assert.ok(line.isWellFormed());
  assert.not.match(line, 'w0rd');
});

test('a long text takes linear time', async () => {
  const parts = ['"token":"', 'Bearer ', '-----BEGIN PRIVATE KEY-----', 'https://a', '"data":{', 'password=', 'eyJ'];
  const text = [...parts, 'a', '\\', '?key', 'a:', '--token '].map((s) => s.repeat(20_000)).join(' ');
  const line = await written('json', (log) => log.info(text));
  assert.match(line, '[redacted]');
});

test('a long text of names without values takes linear time', async () => {
  const texts = ['token:', 'secret:a:', 'a:eyJtoken:', 'token:x:y@{'].map((part) => part.repeat(2 ** 15));
  const before = cpuMs();
  for (const text of texts) await written('json', (log) => log.info(text));
  const ms = cpuMs() - before;
  // Half a minute, when each name looks for its value until the end of the text.
  assert.ok(ms < 10_000, `${ms} ms of CPU`);
});

test.run();

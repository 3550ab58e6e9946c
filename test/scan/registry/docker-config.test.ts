import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { credentialsFor, parseDockerConfig } from '../../../src/scan/registry/docker-config.ts';
import { cpuMs } from '../../harness/cpu-ms.ts';

const auth = (text: string) => ({ auth: Buffer.from(text).toString('base64') });

/** Which of the keys of a docker config a repository's credentials come from. */
const chosen = (keys: readonly string[], registry: string, repository: string): string | undefined => {
  const auths = Object.fromEntries(keys.map((key) => [key, auth(`${key.replaceAll(':', ';')}:secret`)]));
  const entries = parseDockerConfig(JSON.stringify({ auths }));
  return credentialsFor(entries, { registry, repository })?.username.replaceAll(';', ':');
};

const MATCHES: readonly [keys: string[], registry: string, repository: string, chosen: string | undefined][] = [
  [['r.example.com'], 'r.example.com', 'app', 'r.example.com'],
  [['r.example.com'], 'R.Example.com', 'app', 'r.example.com'],
  [['r.example.com'], 's.example.com', 'app', undefined],
  [['r.example.com'], 'r.example.com.evil.net', 'app', undefined],
  [['example.com'], 'r.example.com', 'app', undefined],
  [['r.example.com'], 'r.example.com:5000', 'app', undefined],
  [['r.example.com:5000'], 'r.example.com:5000', 'app', 'r.example.com:5000'],
  [['r.example.com:5000'], 'r.example.com:5001', 'app', undefined],
  [['r.example.com:5000'], 'r.example.com', 'app', undefined],
  [['https://r.example.com'], 'r.example.com', 'app', 'https://r.example.com'],
  [['http://r.example.com/'], 'r.example.com', 'app', 'http://r.example.com/'],
  [['https://r.example.com/v1/'], 'r.example.com', 'team/app', 'https://r.example.com/v1/'],
  [['https://r.example.com/v2/'], 'r.example.com', 'team/app', 'https://r.example.com/v2/'],
  [['r.example.com/v2'], 'r.example.com', 'team/app', 'r.example.com/v2'],
  [['r.example.com/v2/team'], 'r.example.com', 'team/app', 'r.example.com/v2/team'],
  [['r.example.com/v2/team'], 'r.example.com', 'other/app', undefined],
  [['r.example.com/v1beta'], 'r.example.com', 'team/app', undefined],
  [['*.example.com'], 'r.example.com', 'app', '*.example.com'],
  [['*.example.com'], 'a.r.example.com', 'app', undefined],
  [['*.example.com'], 'example.com', 'app', undefined],
  [['*.*.example.com'], 'a.r.example.com', 'app', '*.*.example.com'],
  [['*'], 'r.example.com', 'app', undefined],
  [['r*-eu.example.com'], 'reg-eu.example.com', 'app', 'r*-eu.example.com'],
  [['r?g.example.com'], 'reg.example.com', 'app', 'r?g.example.com'],
  [['r?g.example.com'], 'rg.example.com', 'app', undefined],
  [['*.example.com:5000'], 'r.example.com:5000', 'app', '*.example.com:5000'],
  [['r.example.com/team'], 'r.example.com', 'team/app', 'r.example.com/team'],
  [['r.example.com/team'], 'r.example.com', 'other/app', undefined],
  [['r.example.com', 'r.example.com/team'], 'r.example.com', 'team/app', 'r.example.com/team'],
  [['r.example.com/team/app', 'r.example.com/team'], 'r.example.com', 'team/app', 'r.example.com/team/app'],
  [['r.example.com/team/app', 'r.example.com/team'], 'r.example.com', 'team/web', 'r.example.com/team'],
  [['*.example.com/team', 'r.example.com'], 'r.example.com', 'team/app', '*.example.com/team'],
  [['*.example.com', 'r.example.com'], 'r.example.com', 'app', 'r.example.com'],
  [['r.example.com', '*.example.com'], 'r.example.com', 'app', 'r.example.com'],
  [['https://index.docker.io/v1/'], 'docker.io', 'library/nginx', 'https://index.docker.io/v1/'],
  [['index.docker.io'], 'docker.io', 'library/nginx', 'index.docker.io'],
  [['docker.io'], 'docker.io', 'team/app', 'docker.io'],
  [['docker.io/team'], 'docker.io', 'library/nginx', undefined],
  [['index.docker.io.evil.net'], 'docker.io', 'library/nginx', undefined],
  [['127.0.0.1:5000'], '127.0.0.1:5000', 'app', '127.0.0.1:5000'],
  [['[::1]:5000'], '[::1]:5000', 'app', '[::1]:5000'],
  [[], 'r.example.com', 'app', undefined],
];

for (const [keys, registry, repository, expected] of MATCHES) {
  test(`${registry}/${repository} with [${keys.join(', ')}]: ${expected ?? 'anonymously'}`, () => {
    assert.is(chosen(keys, registry, repository), expected);
  });
}

const only = (entry: object, legacy = false) => {
  const auths = { 'r.example.com': entry };
  return credentialsFor(parseDockerConfig(JSON.stringify(legacy ? auths : { auths })), {
    registry: 'r.example.com',
    repository: 'app',
  });
};

test('credentials are auth, or username and password; auth counts when both are there', () => {
  assert.equal(only(auth('user:pa:ss')), { username: 'user', password: 'pa:ss' });
  assert.equal(only({ username: 'user', password: 'pass' }), { username: 'user', password: 'pass' });
  assert.equal(only({ ...auth('a:b'), username: 'c', password: 'd' }), { username: 'a', password: 'b' });
  assert.equal(only({ auth: 'dXNlcjpwYXNz' }), { username: 'user', password: 'pass' });
  assert.equal(only({ auth: '\ndXNlcjpww6Rzcw==\n' }), { username: 'user', password: 'päss' });
  assert.equal(only(auth('user:pass'), true), { username: 'user', password: 'pass' });
});

const UNUSABLE: readonly [object, RegExp][] = [
  [{ auth: 'not base64!' }, /not the base64 of username:password/],
  [auth('nocolon'), /not the base64 of username:password/],
  [{}, /neither auth nor username and password/],
  [{ username: 'user' }, /neither auth nor username and password/],
  [{ auth: 7 }, /neither auth nor username and password/],
  [{ identitytoken: 'hush' }, /identitytoken or registrytoken/],
  [{ ...auth('00000000-0000-0000-0000-000000000000:'), identitytoken: 'hush' }, /identitytoken or registrytoken/],
  [{ registrytoken: 'hush' }, /identitytoken or registrytoken/],
];

for (const [entry, message] of UNUSABLE) {
  test(`an entry ${JSON.stringify(entry)} that counts is an error, not an anonymous pull`, () => {
    try {
      only(entry);
    } catch (error) {
      assert.is((error as { reason?: string }).reason, 'Unauthorized');
      assert.match((error as Error).message, message);
      assert.match((error as Error).message, /^the pull secret's entry for r\.example\.com /);
      assert.not.match((error as Error).message, /hush|nocolon/);
      return;
    }
    assert.unreachable();
  });
}

test('an unusable entry affects no other registry', () => {
  const entries = parseDockerConfig(JSON.stringify({ auths: { 'a.example.com': {}, 'b.example.com': auth('u:p') } }));
  assert.equal(credentialsFor(entries, { registry: 'b.example.com', repository: 'app' }), {
    username: 'u',
    password: 'p',
  });
});

const WRONG = [
  '',
  '{"auths": {"r": {"auth": "aHVzaA=="}',
  'hush',
  'null',
  '"hush"',
  '[1]',
  '{"auths": "hush"}',
  '{"auths": ["hush"]}',
];

for (const content of WRONG) {
  test(`an invalid docker config (${content}) is an error that does not show it`, () => {
    try {
      parseDockerConfig(content);
    } catch (error) {
      assert.match((error as Error).message, /^is not the JSON that docker login writes/);
      assert.not.match((error as Error).message, /hush|aHVzaA/);
      assert.is((error as Error).cause, undefined);
      return;
    }
    assert.unreachable();
  });
}

test('a config without auths has no entries', () => {
  assert.equal(parseDockerConfig('{"credsStore": "desktop"}'), []);
  assert.equal(parseDockerConfig('{}'), []);
});

test('a glob that is designed to be slow is fast', () => {
  const started = cpuMs();
  assert.is(chosen([`${'*a'.repeat(20_000)}.example.com`], `${'a'.repeat(63)}.example.com`, 'app'), undefined);
  assert.is(chosen([`${'*'.repeat(200_000)}b.example.com`], `${'a'.repeat(63)}.example.com`, 'app'), undefined);
  assert.ok(cpuMs() - started < 5_000);
});

test.run();

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { addressIn, registryConfiguration, requestsIn } from '../../hack/registry/settings.ts';
import { registrySource } from '../../hack/registry/source.ts';

const log = `{"level":"info","msg":"using inmemory blob descriptor cache"}
{"level":"info","msg":"listening on 127.0.0.1:41234"}
{"http.request.uri":"/v2/a/manifests/1","level":"info","msg":"response completed"}
127.0.0.1 - - [25/Nov/2026:09:00:00 +0000] "PUT /v2/a/blobs/uploads/7?_state=x&digest=y HTTP/1.1" 201 0 "" "undici"
127.0.0.1 - robot [25/Nov/2026:09:00:01 +0000] "GET /v2/a/manifests/1 HTTP/1.1" 200 405 "" "trivy"
`;

test('the address is known once the log contains it', () => {
  assert.is(addressIn('{"level":"info","msg":"starting"}'), undefined);
  assert.is(addressIn(log), '127.0.0.1:41234');
});

test('requests are listed in order', () => {
  assert.equal(requestsIn(log), ['PUT /v2/a/blobs/uploads/7', 'GET /v2/a/manifests/1']);
});

test('a registry with accounts is configured with them, a registry without accounts is not', () => {
  const common = {
    version: '0.1',
    log: { level: 'info', formatter: 'json' },
    storage: { filesystem: { rootdirectory: '/s' }, delete: { enabled: true } },
    http: { addr: '127.0.0.1:0' },
  };
  assert.equal(registryConfiguration({ storage: '/s' }), common);
  assert.equal(registryConfiguration({ storage: '/s', htpasswd: '/p' }), {
    ...common,
    auth: { htpasswd: { realm: 'registry', path: '/p' } },
  });
});

test('the registry is published for Linux only', () => {
  const { release } = registrySource('https://m');
  assert.equal(release?.('registry', { os: 'linux', arch: 'arm64' }), {
    url: 'https://m/v3.1.2/registry_3.1.2_linux_arm64.tar.gz',
    checksums: 'https://m/v3.1.2/registry_3.1.2_linux_arm64.tar.gz.sha256',
    member: 'registry',
  });
  assert.is(release?.('registry', { os: 'darwin', arch: 'arm64' }), undefined);
});

test.run();

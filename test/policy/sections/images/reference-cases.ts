/** Images of pods, patterns of spec.images.allowed, and whether the one is allowed by the other. */
export interface ReferenceCase {
  readonly image: string;
  /** undefined: every repository */
  readonly allowed?: readonly string[];
  readonly requireDigest?: true;
  readonly requireRegistry?: true;
  readonly admitted: boolean;
}

const SHA = '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef';
const NGINX = 'docker.io/library/nginx';
const TEAM = 'registry.example.com/team/*';
const API = 'registry.example.com/team/api';
const PORT = 'registry.example.com:5000/team/*';

const by = (allowed: readonly string[], admitted: boolean, ...images: string[]): ReferenceCase[] =>
  images.map((image) => ({ image, allowed, admitted }));
const pinned = (allowed: readonly string[] | undefined, admitted: boolean, ...images: string[]): ReferenceCase[] =>
  images.map((image) => ({ image, ...(allowed && { allowed }), requireDigest: true, admitted }));

const named = (allowed: readonly string[] | undefined, admitted: boolean, ...images: string[]): ReferenceCase[] =>
  images.map((image) => ({ image, ...(allowed && { allowed }), requireRegistry: true, admitted }));

/** Decided by TypeScript, for the status and the command line, and by the API server's CEL: the same, row by row. */
export const REFERENCE_CASES: readonly ReferenceCase[] = [
  // Ways to write the official nginx.
  ...by(
    [NGINX],
    true,
    'nginx',
    'nginx:latest',
    'nginx:1.27-alpine',
    `nginx@sha256:${SHA}`,
    `nginx:1.27@sha256:${SHA}`,
    'library/nginx',
    'docker.io/nginx',
    'docker.io/library/nginx:1',
    'index.docker.io/nginx',
    'index.docker.io/library/nginx:1',
  ),
  // The ID of an image, or the beginning of one, which a node that has it would run.
  ...by(['docker.io/*'], false, SHA, 'deadbeef', 'abc', SHA.slice(0, 12)),
  ...by(['docker.io/*'], true, 'cafe:latest', 'docker.io/library/cafe', 'ab', `${SHA}0`, 'fedora'),
  // What only looks like it.
  ...by(
    [NGINX],
    false,
    'nginx2',
    'ngin',
    'nginx/nginx',
    'someone/nginx',
    'docker.io/someone/nginx',
    'docker.io/library/nginx/x',
    'localhost/nginx',
    'localhost/library/nginx',
    'docker.io:443/library/nginx',
    'registry-1.docker.io/library/nginx',
    'docker.io.evil.org/library/nginx',
    'index.docker.io.evil.org/nginx',
    'evil.org/docker.io/library/nginx',
    'evil.org/library/nginx:docker.io',
    'Docker.io/library/nginx',
    'DOCKER/library/nginx',
    'xdocker.io/library/nginx',
    'docker_io/library/nginx',
  ),
  // Whole path segments, at any depth.
  ...by(
    [TEAM],
    true,
    'registry.example.com/team/api',
    'registry.example.com/team/api:v1.2.3_rc-1',
    'registry.example.com/team/a/b/c',
    `registry.example.com/team/api@sha256:${SHA}`,
    `registry.example.com/team/api:1@sha256:${SHA}`,
  ),
  ...by(
    [TEAM],
    false,
    'registry.example.com/team',
    'registry.example.com/team:api',
    'registry.example.com/team-b/x',
    'registry.example.com/teamx/api',
    'registry.example.com/other/team/api',
    'registry.example.com.evil.org/team/x',
    'registry.example.com:5000/team/api',
    'registry.example.com:team/api',
    'registryxexample.com/team/api',
    'evil.org/registry.example.com/team/api',
    'Registry.example.com/team/api',
    'registry.example.com/Team/api',
    'registry.example.com/team/API',
    'registry.example.com/team//api',
    'registry.example.com/team/',
    'registry.example.com/team/*',
    'registry.example.com/team/../evil/api',
    'registry.example.com/team/./api',
    'registry.example.com/team/api:',
    'registry.example.com/team/api@',
    `registry.example.com/team/api@sha256:${SHA}@sha256:${SHA}`,
    'registry.example.com/team/api@sha256:short',
    `registry.example.com/team/api@${SHA}`,
    'registry.example.com/team/api:a:b',
    'registry.example.com/team/api:-a',
    `registry.example.com/team/api:${'t'.repeat(129)}`,
    'registry.example.com/team/api v2',
    'registry.example.com/team/api?x',
    'registry.example.com/team/api#x',
    'registry.example.com/team/%2e%2e/api',
    'registry.example.com/team/a\\b',
    'registry.example.com/team/-api',
    'registry.example.com/team/api-',
    'registry.example.com/team/a___b',
    'registry.example.com/team/a..b',
    'registry.example.com/team/äpi',
    'https://registry.example.com/team/api',
    'evil.org@registry.example.com/team/api',
    'evil.org/x\nregistry.example.com/team/api',
    'registry.example.com/team/api\nx',
    `registry.example.com/team/${'a'.repeat(1100)}`,
  ),
  ...by(
    [TEAM],
    true,
    `registry.example.com/team/api:${'t'.repeat(128)}`,
    'registry.example.com/team/a-b--c_d__e.f',
    `registry.example.com/team/${'a'.repeat(990)}`,
  ),
  // A pattern without /* is one repository.
  ...by([API], true, 'registry.example.com/team/api', 'registry.example.com/team/api:1'),
  ...by([API], false, 'registry.example.com/team/api/x', 'registry.example.com/team/api2', 'registry.example.com/team'),
  // Ports, addresses and localhost.
  ...by([PORT], true, 'registry.example.com:5000/team/api', 'registry.example.com:5000/team/api:5000'),
  ...by(
    [PORT],
    false,
    'registry.example.com/team/api',
    'registry.example.com:5001/team/api',
    'registry.example.com:50000/team/api',
  ),
  ...by(['registry:5000/*'], true, 'registry:5000/api', 'registry:5000/a/b:1'),
  ...by(['registry:5000/*'], false, 'registry:5000', 'registry/api', 'registry/5000/api'),
  ...by(['localhost/*'], true, 'localhost/api', 'localhost/a/b:1'),
  ...by(['localhost/*'], false, 'localhost', 'localhost:5000/api', 'localhosts/api', 'LOCALHOST/api'),
  ...by(['10.0.0.1/*'], true, '10.0.0.1/api'),
  ...by(['10.0.0.1/*'], false, '10.0.0.10/api', '[::1]:5000/api'),
  // A whole registry.
  ...by(
    ['docker.io/*'],
    true,
    'nginx',
    'grafana/grafana:11',
    'docker.io/a/b',
    'index.docker.io/a/b',
    'sha256/api',
    'sha256x:1',
  ),
  ...by(['docker.io/*'], false, 'ghcr.io/a/b', 'localhost/a', 'a.b/c', 'a:1/c', 'A/c'),
  // An image that the node has already, by its ID.
  ...by(['docker.io/*'], false, `sha256:${SHA}`, 'sha256:0123', `sha512:${SHA}`, `sha384:${SHA}`),
  // One of several is enough.
  ...by([NGINX, TEAM, 'ghcr.io/*'], true, 'nginx', 'registry.example.com/team/api', 'ghcr.io/a'),
  ...by([NGINX, TEAM, 'ghcr.io/*'], false, 'busybox', 'quay.io/a/b'),
  // Digests.
  ...pinned(undefined, true, `nginx@sha256:${SHA}`, `quay.io/a/b:1@sha256:${SHA}`),
  ...pinned(
    undefined,
    false,
    'nginx',
    'nginx:1',
    `nginx:${SHA}`,
    `sha256:${SHA}`,
    `nginx@sha256:${SHA.slice(1)}`,
    `nginx@sha256:${SHA}0`,
    `nginx@sha256:${SHA.toUpperCase()}`,
    `nginx@sha512:${SHA}${SHA}`,
    `nginx@md5:${SHA.slice(32)}`,
    `Nginx@sha256:${SHA}`,
    `a b@sha256:${SHA}`,
  ),
  ...pinned([NGINX], true, `nginx@sha256:${SHA}`, `nginx:1.27@sha256:${SHA}`),
  ...pinned([NGINX], false, 'nginx', `busybox@sha256:${SHA}`, `evil.org/library/nginx@sha256:${SHA}`),
  // Short names, which CRI-O takes from the registry that registries.conf says.
  ...named([NGINX, 'docker.io/*'], true, 'docker.io/library/nginx', 'docker.io/nginx:1', 'index.docker.io/a/b'),
  ...named([NGINX, 'docker.io/*'], false, 'nginx', 'nginx:1', 'library/nginx', `nginx@sha256:${SHA}`, 'a/b', 'ubi8'),
  ...named(undefined, true, 'quay.io/a', 'localhost/a', 'a:1/b', `docker.io/a/b@sha256:${SHA}`),
  ...named(undefined, false, 'a', 'a/b', 'a/b.c', 'a/b:1', `a@sha256:${SHA}`),
];

export const titleOf = ({ image, allowed, requireDigest, requireRegistry, admitted }: ReferenceCase): string => {
  const shown = JSON.stringify(image.length > 120 ? `${image.slice(0, 40)}… (${image.length})` : image);
  return `${shown} is ${admitted ? 'allowed' : 'refused'} by ${allowed?.join(', ') ?? 'anything'}${requireDigest ? ', by digest' : ''}${requireRegistry ? ', with the registry' : ''}`;
};

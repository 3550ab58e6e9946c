import fc from 'fast-check';
import { Contents, OCI } from './hostile-registry.ts';

/** An image as someone may push it who wants a scanner to read another one than nodes run. */
export interface HostileImage {
  readonly node: string;
  /** Digest of the index. */
  readonly root: string;
  readonly contents: ReadonlyMap<string, Buffer>;
}

/** JSON that may have a key twice. */
type Json = string | number | boolean | null | readonly Json[] | Pairs;
class Pairs {
  readonly pairs: readonly (readonly [string, Json])[];
  constructor(pairs: readonly (readonly [string, Json])[]) {
    this.pairs = pairs;
  }
}

const write = (value: Json): string => {
  if (value instanceof Pairs) return `{${value.pairs.map(([k, v]) => `${JSON.stringify(k)}:${write(v)}`).join(',')}}`;
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`;
  return JSON.stringify(value);
};

const rarely = <T>(usual: fc.Arbitrary<T>, rare: fc.Arbitrary<T>, oneIn = 12): fc.Arbitrary<T> =>
  fc.oneof({ arbitrary: usual, weight: oneIn - 1 }, { arbitrary: rare, weight: 1 });

/** As encoding/json takes a key for `name`, or almost. */
const spelled = (name: string): fc.Arbitrary<string> =>
  rarely(
    fc.constant(name),
    fc.constantFrom(
      name.toUpperCase(),
      `${name[0]!.toUpperCase()}${name.slice(1)}`,
      name.replace('s', '\u017f'),
      name.replace('k', '\u212a'),
      name.replace('i', '\u0130'),
      `${name} `,
      name.replace('.', '_'),
    ),
    40,
  );

const WRONG = fc.constantFrom<Json>(null, 7, 1.5, -1, true, 'text', [], [1], new Pairs([]), '');

/** Fields in any order, some missing, some twice, some of another type. */
const object = (fields: Record<string, fc.Arbitrary<Json> | undefined>): fc.Arbitrary<Pairs> => {
  const written = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [fc.tuple(spelled(name), rarely(value, WRONG, 500))],
  );
  const again = fc.array(fc.oneof(...written, fc.constant(['other', 1] as [string, Json])), {
    minLength: 1,
    maxLength: 1,
  });
  const none: fc.Arbitrary<[string, Json][]> = fc.constant([]);
  return fc
    .tuple(fc.tuple(...written), rarely(none, again, 150), fc.boolean())
    .map(([once, twice, reversed]) => new Pairs(reversed ? [...twice, ...once].reverse() : [...once, ...twice]));
};

const OS = rarely(fc.constant('linux'), fc.constantFrom('', 'Linux', 'lİnux', 'windows', 'unknown', 'darwin'), 8);
const architecture = (node: string): fc.Arbitrary<string> =>
  rarely(
    fc.constantFrom(node, node, node, 'amd64', 'arm64', 'arm', '386'),
    fc.constantFrom('', 'AMD64', 'x86_64', 'x86-64', 'i386', 'aarch64', 'armhf', 'armel', 's390x', 'unknown'),
    8,
  );
const VARIANTS = ['', '1', 'v1', 'v2', 'V1', '5', 'v5', 'v6', '7', 'v7', '8', 'v8', 'V8', 'v8.0', 'v8.1', '9', 'v9'];
const VARIANT = fc.constantFrom(...VARIANTS);

const platform = (node: string): fc.Arbitrary<Json> =>
  fc
    .record({ os: fc.boolean(), variant: fc.boolean(), features: fc.integer({ min: 0, max: 9 }), all: fc.nat(9) })
    .chain(({ os, variant, features, all }) =>
      object({
        os: os || all > 0 ? OS : undefined,
        architecture: all === 1 ? undefined : architecture(node.split('/')[1]!),
        variant: variant ? VARIANT : undefined,
        'os.version': features === 2 ? fc.constant('10.0.20348.1') : undefined,
        'os.features': features < 2 ? fc.constantFrom<Json>([], ['win32k'], [''], ['b', 'a']) : undefined,
      }),
    );

const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';

interface Target {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const entry = (targets: readonly Target[], node: string): fc.Arbitrary<Json> =>
  fc
    .record({ target: fc.constantFrom(...targets), bare: fc.nat(5), zstd: fc.nat(9), extra: fc.nat(9) })
    .chain(({ target, bare, zstd, extra }) =>
      object({
        mediaType: rarely(
          fc.constant(target.mediaType),
          fc.constantFrom(
            DOCKER_MANIFEST,
            OCI.index,
            '',
            'application/vnd.oci.artifact.manifest.v1+json',
            OCI.manifest,
          ),
          15,
        ),
        digest: fc.constant(target.digest),
        size: fc.constant(target.size),
        platform: bare === 0 ? undefined : platform(node),
        annotations:
          zstd === 0 ? fc.constant(new Pairs([['io.github.containers.compression.zstd', 'true']])) : undefined,
        data: extra === 0 ? fc.constantFrom('aGk=', 'aGk=', 'aGk=', 'a') : undefined,
        urls: extra === 1 ? fc.constant(['https://a.example']) : undefined,
      }),
    );

const index = (targets: readonly Target[], node: string): fc.Arbitrary<Json> =>
  fc
    .record({ entries: fc.array(entry(targets, node), { minLength: 1, maxLength: 5 }), odd: fc.nat(40) })
    .chain(({ entries, odd }) =>
      object({
        schemaVersion: fc.constant(2),
        mediaType: odd > 30 ? undefined : rarely(fc.constant(OCI.index), fc.constantFrom(DOCKER_LIST, '', 'text/x')),
        manifests: fc.constant(entries),
        config: odd === 0 ? fc.constant(new Pairs([])) : undefined,
        layers: odd === 1 ? fc.constant([]) : undefined,
        fsLayers: odd === 2 ? fc.constant([]) : undefined,
      }),
    );

const add = (contents: Contents, mediaType: string, value: Json): Target => contents.add(mediaType, write(value));

/** The manifest of an image as it is written. */
interface Manifest {
  readonly schemaVersion: Json;
  readonly mediaType: Json;
  readonly configType: string;
  /** Whether the layers are there. */
  readonly layers: boolean;
  readonly more: readonly (readonly [string, Json])[];
}

const MANIFEST: fc.Arbitrary<Manifest> = fc.record({
  schemaVersion: rarely(fc.constant<Json>(2), fc.constantFrom<Json>(1, 0, 3, null, '2'), 20),
  mediaType: rarely(
    fc.constant<Json>(OCI.manifest),
    fc.constantFrom<Json>(
      DOCKER_MANIFEST,
      DOCKER_LIST,
      OCI.index,
      '',
      null,
      5,
      `${OCI.manifest}; charset=utf-8`,
      OCI.index.toUpperCase(),
    ),
    12,
  ),
  configType: rarely(
    fc.constant(OCI.config),
    fc.constantFrom(
      'application/vnd.docker.container.image.v1+json',
      OCI.config.toUpperCase(),
      'application/octet-stream',
      '',
    ),
    12,
  ),
  layers: rarely(fc.constant(true), fc.constant(false), 20),
  more: rarely(
    fc.constant<[string, Json][]>([]),
    fc
      .constantFrom<[string, Json]>(
        ['manifests', null],
        ['Manifests', []],
        ['fsLayers', null],
        ['fsLayers', []],
        ['artifactType', 'application/vnd.example'],
        ['subject', new Pairs([])],
        ['subject', 'text'],
        ['history', []],
        ['\u017fchemaVersion', 1],
      )
      .map((pair) => [pair]),
    12,
  ),
});

/** An image of its own for each `seed`. */
const image = (contents: Contents, seed: number, config: Json, manifest: Manifest): Target => {
  const layer = contents.add(OCI.layer, `layer ${seed}`);
  const named = new Pairs([...(config as Pairs).pairs, ['author', `${seed}`]]);
  const { mediaType: _, ...found } = add(contents, OCI.config, named);
  const { schemaVersion, mediaType, configType, layers, more } = manifest;
  const document = new Pairs([
    ['schemaVersion', schemaVersion],
    ['mediaType', mediaType],
    ['config', new Pairs(Object.entries({ mediaType: configType, ...found }))],
    ['layers', layers ? [new Pairs(Object.entries(layer))] : null],
    ...more,
  ]);
  return add(contents, OCI.manifest, document);
};

const artifact = (contents: Contents): Target =>
  contents.add(OCI.manifest, {
    schemaVersion: 2,
    mediaType: OCI.manifest,
    artifactType: 'application/vnd.example.signature',
    config: contents.add('application/vnd.oci.empty.v1+json', '{}'),
    layers: [contents.add('application/vnd.example.signature', 'signed')],
  });

/** Images, an artifact, indexes in an index, and an index of them that is the image. */
export const hostileImage: fc.Arbitrary<HostileImage> = fc
  .constantFrom('linux/amd64', 'linux/arm64', 'linux/arm', 'linux/386', 'linux/s390x')
  .chain((node) =>
    fc.record({
      node: fc.constant(node),
      images: fc.array(fc.tuple(platform(node), MANIFEST), { minLength: 4, maxLength: 4 }),
      nested: fc.nat(9),
      alone: fc.nat(19).map((n) => n === 0),
    }),
  )
  .chain(({ images: written, node, nested, alone }) => {
    const contents = new Contents();
    const images = written.map(([config, manifest], i) => image(contents, i, config, manifest));
    const usual = [...images, ...images, artifact(contents)];
    const inner =
      nested === 0 ? index(usual, node).map((value) => [...usual, add(contents, OCI.index, value)]) : undefined;
    return (inner ?? fc.constant(usual))
      .chain((targets) => index(targets, node))
      .map((value) => ({
        node,
        root: alone ? images[0]!.digest : add(contents, OCI.index, value).digest,
        contents: contents.blobs,
      }));
  });

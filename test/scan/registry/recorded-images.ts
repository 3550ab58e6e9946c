/** A hostile image, and the images that container runtimes run: recorded from their own code, see runtimes.test.ts. */
interface Recorded {
  readonly what: string;
  readonly node: string;
  /** See recordedImage: ~NAME is a descriptor without its braces, #NAME a digest, %NAME a size. */
  readonly index: string;
  /** Names of the images that some runtime runs, sorted. */
  readonly runs: readonly string[];
  /** Why none is selected although runtimes agree. */
  readonly refused?: string;
}

const AMD = '"platform":{"os":"linux","architecture":"amd64"}';
const ARM = '"platform":{"os":"linux","architecture":"arm64"}';

const one = (
  what: string,
  index: string,
  runs: readonly string[],
  refused?: string,
  node = 'linux/amd64',
): Recorded => ({
  what,
  node,
  index,
  runs,
  ...(refused !== undefined && { refused }),
});

export const RECORDED: readonly Recorded[] = [
  one('plain', `{"manifests":[{~GOOD,${AMD}},{~ARM,${ARM}}]}`, ['GOOD']),
  one('plain, on arm64', `{"manifests":[{~GOOD,${AMD}},{~ARM,${ARM}}]}`, ['ARM'], undefined, 'linux/arm64'),
  one('Manifests', `{"Manifests":[{~EVIL,${AMD}}]}`, ['EVIL']),
  one('MANIFEſTS', `{"MANIFE\u017fTS":[{~EVIL,${AMD}}]}`, ['EVIL']),
  one(
    'manifests and Manifests',
    `{"manifests":[{~GOOD,${AMD}}],"Manifests":[{~EVIL,${AMD}}]}`,
    ['EVIL'],
    'AmbiguousIndex',
  ),
  one('manifests twice', `{"manifests":[{~GOOD,${AMD}}],"manifests":[{~EVIL,${AMD}}]}`, ['EVIL'], 'AmbiguousIndex'),
  one(
    'Digest',
    `{"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","size":%EVIL,"Digest":"#EVIL",${AMD}}]}`,
    ['EVIL'],
  ),
  one('digest and Digest', `{"manifests":[{~GOOD,"Digest":"#EVIL",${AMD}}]}`, ['EVIL'], 'AmbiguousIndex'),
  one('Platform', `{"manifests":[{~EVIL,"Platform":{"OS":"linux","Architecture":"amd64"}},{~GOOD,${AMD}}]}`, ['EVIL']),
  one('a platform without os', `{"manifests":[{~EVIL,"platform":{"architecture":"amd64"}},{~GOOD,${AMD}}]}`, [
    'EVIL',
    'GOOD',
  ]),
  one('only a platform without os', `{"manifests":[{~EVIL,"platform":{"architecture":"amd64"}}]}`, ['EVIL']),
  one('a platform without architecture', `{"manifests":[{~EVIL,"platform":{"os":"linux"}},{~GOOD,${AMD}}]}`, ['GOOD']),
  one('an empty platform', `{"manifests":[{~EVIL,"platform":{}},{~GOOD,${AMD}}]}`, ['GOOD']),
  one('a platform that is null', `{"manifests":[{~EVIL,"platform":null},{~GOOD,${AMD}}]}`, ['GOOD']),
  one('only a platform that is null', `{"manifests":[{~EVIL,"platform":null}]}`, ['EVIL']),
  one(
    'variant 1',
    `{"manifests":[{~EVIL,"platform":{"os":"linux","architecture":"amd64","variant":"1"}},{~GOOD,${AMD}}]}`,
    ['GOOD'],
  ),
  one(
    'variant v1',
    `{"manifests":[{~EVIL,"platform":{"os":"linux","architecture":"amd64","variant":"v1"}},{~GOOD,${AMD}}]}`,
    ['EVIL', 'GOOD'],
  ),
  one('upper case', `{"manifests":[{~EVIL,"platform":{"os":"Linux","architecture":"AMD64"}},{~GOOD,${AMD}}]}`, [
    'EVIL',
    'GOOD',
  ]),
  one('x86_64', `{"manifests":[{~EVIL,"platform":{"os":"linux","architecture":"x86_64"}}]}`, ['EVIL']),
  one('lİnux', `{"manifests":[{~EVIL,"platform":{"os":"l\u0130nux","architecture":"amd64"}}]}`, ['EVIL']),
  one('386', `{"manifests":[{~EVIL,"platform":{"os":"linux","architecture":"386"}}]}`, ['EVIL']),
  one(
    'os.features',
    `{"manifests":[{~EVIL,"platform":{"os":"linux","architecture":"amd64","os.features":["x"]}},{~GOOD,${AMD}}]}`,
    ['EVIL', 'GOOD'],
  ),
  one(
    'os.version',
    `{"manifests":[{~EVIL,"platform":{"os":"linux","architecture":"amd64","os.version":"1"}},{~GOOD,${AMD}}]}`,
    ['EVIL'],
  ),
  one(
    'os.features of another type',
    `{"manifests":[{~EVIL,"platform":{"os":"linux","architecture":"amd64","os.features":"x"}},{~GOOD,${AMD}}]}`,
    [],
  ),
  one(
    'os twice',
    `{"manifests":[{~EVIL,"platform":{"os":"windows","architecture":"amd64","OS":"linux"}},{~GOOD,${AMD}}]}`,
    ['EVIL'],
    'AmbiguousIndex',
  ),
  one(
    'os, and then null',
    `{"manifests":[{~EVIL,"platform":{"os":"linux","architecture":"amd64","os":null}},{~GOOD,${AMD}}]}`,
    ['EVIL'],
    'AmbiguousIndex',
  ),
  one(
    'v8 of arm64',
    `{"manifests":[{~EVIL,"platform":{"os":"linux","architecture":"arm64","variant":"v8"}},{~ARM,${ARM}}]}`,
    ['EVIL'],
    undefined,
    'linux/arm64',
  ),
  one(
    'v8 of arm64, after one without',
    `{"manifests":[{~ARM,${ARM}},{~EVIL,"platform":{"os":"linux","architecture":"arm64","variant":"v8"}}]}`,
    ['ARM', 'EVIL'],
    undefined,
    'linux/arm64',
  ),
  one(
    'v8.0 of arm64',
    `{"manifests":[{~EVIL,"platform":{"os":"linux","architecture":"arm64","variant":"v8.0"}},{~ARM,${ARM}}]}`,
    ['ARM', 'EVIL'],
    undefined,
    'linux/arm64',
  ),
  one(
    'v9 of arm64',
    `{"manifests":[{~EVIL,"platform":{"os":"linux","architecture":"arm64","variant":"v9"}},{~ARM,${ARM}}]}`,
    ['ARM'],
    undefined,
    'linux/arm64',
  ),
  one(
    'v8 of arm',
    `{"manifests":[{~EVIL,"platform":{"os":"linux","architecture":"arm","variant":"v8"}},{~GOOD,"platform":{"os":"linux","architecture":"arm","variant":"v7"}}]}`,
    ['EVIL', 'GOOD'],
    undefined,
    'linux/arm',
  ),
  one(
    'v7 and v6 of arm',
    `{"manifests":[{~EVIL,"platform":{"os":"linux","architecture":"arm","variant":"v6"}},{~GOOD,"platform":{"os":"linux","architecture":"arm","variant":"v7"}}]}`,
    ['GOOD'],
    undefined,
    'linux/arm',
  ),
  one('a signature without a platform', `{"manifests":[{~SIG},{~GOOD,${AMD}}]}`, ['GOOD']),
  one(
    'a signature of unknown/unknown',
    `{"manifests":[{~SIG,"platform":{"os":"unknown","architecture":"unknown"}},{~GOOD,${AMD}}]}`,
    ['GOOD'],
  ),
  one(
    'a signature with an empty platform',
    `{"manifests":[{~SIG,"platform":{"os":"","architecture":""}},{~GOOD,${AMD}}]}`,
    ['GOOD'],
  ),
  one('a signature without a platform, none for the node', `{"manifests":[{~SIG},{~ARM,${ARM}}]}`, []),
  one(
    'an artifact that is named by sha512',
    `{"manifests":[{"mediaType":"a/b","digest":"sha512:00","size":1},{~GOOD,${AMD}}]}`,
    ['GOOD'],
  ),
  one(
    'zstd beside gzip',
    `{"manifests":[{~GOOD,${AMD}},{~EVIL,${AMD},"annotations":{"io.github.containers.compression.zstd":"true"}}]}`,
    ['EVIL', 'GOOD'],
  ),
  one('two of one platform', `{"manifests":[{~GOOD,${AMD}},{~EVIL,${AMD}}]}`, ['GOOD']),
  one('two without a platform, the first of another', `{"manifests":[{~ARM},{~GOOD}]}`, ['ARM'], 'PlatformMismatch'),
  one(
    'one without os, and one without a platform whose configuration is wrong',
    `{"manifests":[{~EVIL,"platform":{"architecture":"amd64"}},{~ODD}]}`,
    ['EVIL', 'ODD'],
  ),
  one('an index in the index', `{"manifests":[{~NESTED,${AMD}}]}`, ['EVIL']),
  one('an index in the index, and an image', `{"manifests":[{~NESTED},{~GOOD,${AMD}}]}`, ['GOOD']),
  one('an entry without a media type', `{"manifests":[{"digest":"#EVIL","size":%EVIL,${AMD}},{~GOOD,${AMD}}]}`, [
    'EVIL',
  ]),
  one('an entry of another media type', `{"manifests":[{~GOOD,"mediaType":"a/b",${AMD}}]}`, ['GOOD'], 'AmbiguousIndex'),
  one('an entry that is null', `{"manifests":[null,{~GOOD,${AMD}}]}`, ['GOOD']),
  one('size of another type', `{"manifests":[{~GOOD,${AMD}},{"digest":"#ARM","size":"1",${ARM}}]}`, []),
  one('size with a fraction', `{"manifests":[{~GOOD,${AMD}},{"digest":"#ARM","size":1.0,${ARM}}]}`, []),
  one('manifests of another type', `{"manifests":{}}`, []),
  one('manifests that is null', `{"manifests":null}`, []),
  one('annotations of another type', `{"annotations":{"a":1},"manifests":[{~GOOD,${AMD}}]}`, ['GOOD'], 'DamagedImage'),
  one('data that is not base64', `{"manifests":[{~GOOD,${AMD},"data":"a"}]}`, ['GOOD'], 'DamagedImage'),
  one('Config beside manifests', `{"manifests":[{~GOOD,${AMD}}],"Config":{}}`, []),
  one('Layers beside manifests', `{"manifests":[{~GOOD,${AMD}}],"LAYERS":[]}`, []),
  one('FSLayers beside manifests', `{"manifests":[{~GOOD,${AMD}}],"FSLayers":[]}`, []),
  one('another media type', `{"mediaType":"a/b","manifests":[{~GOOD,${AMD}}]}`, ['GOOD']),
  one(
    'the media type of a manifest',
    `{"mediaType":"application/vnd.oci.image.manifest.v1+json","manifests":[{~GOOD,${AMD}}]}`,
    ['GOOD'],
    'DamagedImage',
  ),
  one(
    "Docker's list",
    `{"mediaType":"application/vnd.docker.distribution.manifest.list.v2+json","manifests":[{~EVIL,${AMD}}]}`,
    ['EVIL'],
  ),
];

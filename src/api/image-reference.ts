/** An image reference with the defaults of the container runtimes: nginx is docker.io/library/nginx:latest. */
export interface Reference {
  /** Host, with its port if it was given. */
  readonly registry: string;
  /** Path within the registry. */
  readonly repository: string;
  /** `latest` when there is neither tag nor digest. */
  readonly tag?: string;
  readonly digest?: string;
}

const MAX_LENGTH = 1024;

/** `[host[:port]/]path[:tag][@digest]`; the same text stands in config/admission/trusted-images.yaml. */
const GRAMMAR = new RegExp(
  '^(([a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?([.][a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\\[[a-fA-F0-9:]+\\])(:[0-9]+)?/)?' +
    '[a-z0-9]+(([.]|__?|-+)[a-z0-9]+)*(/[a-z0-9]+(([.]|__?|-+)[a-z0-9]+)*)*' +
    '(:[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127})?(@[a-zA-Z][a-zA-Z0-9]*([+._-][a-zA-Z][a-zA-Z0-9]*)*:[a-fA-F0-9]{32,})?$',
);

/** An image ID or the beginning of one, not a name: a node that has such an image would run it. */
const IMAGE_ID = /^(sha(256|384|512):|[a-f0-9]{3,64}$)/;

const DOCKER_HUB = 'docker.io';

const isRegistry = (first: string): boolean => /[.:A-Z]|^localhost$/.test(first);

/** Whether the image names its registry. Without, the node decides: containerd takes docker.io, CRI-O reads registries.conf. */
export const hasRegistry = (image: string): boolean => isRegistry(image.slice(0, Math.max(image.indexOf('/'), 0)));

const withRegistry = (name: string): Pick<Reference, 'registry' | 'repository'> => {
  const slash = name.indexOf('/');
  const first = name.slice(0, Math.max(slash, 0));
  const [host, path] = isRegistry(first) ? [first, name.slice(slash + 1)] : [DOCKER_HUB, name];
  const registry = host === 'index.docker.io' ? DOCKER_HUB : host;
  const official = registry === DOCKER_HUB && !path.includes('/');
  return { registry, repository: official ? `library/${path}` : path };
};

/** Reads the image of a container or image volume; undefined when it is no reference, which nothing can pull. */
export const parseReference = (image: string): Reference | undefined => {
  if (image.length > MAX_LENGTH || IMAGE_ID.test(image) || !GRAMMAR.test(image)) return undefined;
  const [named = '', digest] = image.split('@');
  const colon = named.lastIndexOf(':');
  const tagged = colon > named.lastIndexOf('/');
  const tag = tagged ? named.slice(colon + 1) : digest === undefined ? 'latest' : undefined;
  return {
    ...withRegistry(tagged ? named.slice(0, colon) : named),
    ...(tag !== undefined && { tag }),
    ...(digest !== undefined && { digest }),
  };
};

import { type CONTAINER_SECURITY_POLICY, GROUP, type IMAGE_SCAN, VERSION } from '../../api/group.ts';
import { isObject } from '../../text/is-object.ts';
import { InputError } from '../errors.ts';
import type { Validated } from '../validation/validator.ts';
import { parseDocuments } from './documents.ts';
import type { SourceText } from './files.ts';

interface Named {
  readonly metadata: { readonly name: string; readonly namespace: string };
}

/** An object that the API server would accept, with its defaults and its namespace. */
interface ReadObject<T> {
  readonly file: string;
  readonly object: T;
}

export interface ReadObjects<T> {
  readonly objects: readonly ReadObject<T>[];
  /** The skipped objects, a line each. */
  readonly notes: readonly string[];
}

interface ObjectReader {
  readonly kind: (typeof CONTAINER_SECURITY_POLICY | typeof IMAGE_SCAN)['kind'];
  /** Namespace of the objects that name none. */
  readonly namespace: string | undefined;
  readonly validate: (object: unknown) => Validated;
  /** Where there is no such object. */
  readonly cure?: string;
}

/** The result of one document. */
type DocumentResult = { readonly object: Named } | { readonly note: string } | { readonly problems: string[] };

const API_VERSION = `${GROUP}/${VERSION}`;
const MAX_PROBLEMS = 50;

const A_KIND = { ContainerSecurityPolicy: 'a policy', ImageScan: 'an ImageScan' } as const;

export const textField = (object: unknown, field: string): string | undefined => {
  const value = isObject(object) ? object[field] : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
};

export const checkObject = (
  raw: Record<string, unknown>,
  { kind, namespace: asked, validate }: ObjectReader,
): DocumentResult => {
  const own = textField(raw.metadata, 'namespace');
  const namespace = own ?? asked ?? 'default';
  const name = `${kind} ${namespace}/${textField(raw.metadata, 'name') ?? '(unnamed)'}`;
  if (raw.apiVersion !== API_VERSION) {
    return {
      problems: [`${name}: apiVersion: Unsupported value: "${raw.apiVersion}": supported values: "${API_VERSION}"`],
    };
  }
  if (own !== undefined && asked !== undefined && own !== asked) {
    return {
      problems: [`${name}: metadata.namespace: "${own}" differs from --namespace "${asked}": remove one of them`],
    };
  }
  const { object, problems } = validate(raw);
  if (problems.length > 0) {
    return { problems: problems.map(({ path, message }) => [name, path, message].filter((p) => p !== '').join(': ')) };
  }
  const valid = object as Named;
  return { object: { ...valid, metadata: { ...valid.metadata, namespace } } };
};

const readDocument = (document: unknown, position: number, reader: ObjectReader): DocumentResult => {
  if (!isObject(document))
    return { problems: [`document ${position} is not an object: a manifest has apiVersion, kind and metadata`] };
  const kind = textField(document, 'kind');
  const apiVersion = textField(document, 'apiVersion');
  if (kind === undefined || apiVersion === undefined) {
    return {
      problems: [
        `document ${position} has no ${kind === undefined ? 'kind' : 'apiVersion'}: ${A_KIND[reader.kind]} has apiVersion: ${API_VERSION}, kind: ${reader.kind}`,
      ],
    };
  }
  if (kind === reader.kind && apiVersion.startsWith(`${GROUP}/`)) return checkObject(document, reader);
  return { note: `skipped ${kind} ${textField(document.metadata, 'name') ?? '(unnamed)'}` };
};

export const isList = (document: unknown): document is { readonly items: unknown[] } =>
  isObject(document) && textField(document, 'kind')?.endsWith('List') === true && Array.isArray(document.items);

/** As kubectl does, a List stands for its items. */
const flatten = (document: unknown): unknown[] => (isList(document) ? document.items.flatMap(flatten) : [document]);

const findIn = (source: SourceText, reader: ObjectReader): DocumentResult[] => {
  const { documents, problems } = parseDocuments(source);
  if (problems.length > 0) return [{ problems: [...problems] }];
  const prefix = (line: string): string => `${source.file}: ${line}`;
  return documents.flatMap(flatten).map((document, index) => {
    const found = readDocument(document, index + 1, reader);
    if ('problems' in found) return { problems: found.problems.map(prefix) };
    return 'note' in found ? { note: prefix(found.note) } : found;
  });
};

const duplicates = (objects: readonly ReadObject<Named>[], kind: string): string[] => {
  const seen = new Map<string, string>();
  return objects.flatMap(({ file, object: { metadata } }) => {
    const key = `${metadata.namespace}/${metadata.name}`;
    const before = seen.get(key);
    seen.set(key, before ?? file);
    return before === undefined
      ? []
      : [
          `${file}: ${kind} ${key}: already defined in ${before}: the later definition would replace the earlier one: remove one of them`,
        ];
  });
};

/** As many as somebody reads. */
export const atMost = (problems: readonly string[]): readonly string[] =>
  problems.length <= MAX_PROBLEMS
    ? problems
    : [...problems.slice(0, MAX_PROBLEMS), `… and ${problems.length - MAX_PROBLEMS} more problems`];

/**
 * Finds the objects of one kind in the sources and validates them as the API server does. Objects of other kinds are skipped
 * with a note.
 * @throws InputError with every problem of every document
 */
export const readObjects = <T extends Named>(sources: readonly SourceText[], reader: ObjectReader): ReadObjects<T> => {
  const found = sources.flatMap((source) => findIn(source, reader).map((f) => ({ file: source.file, ...f })));
  const objects = found.flatMap((f) => ('object' in f ? [{ file: f.file, object: f.object as T }] : []));
  const problems = [...found.flatMap((f) => ('problems' in f ? f.problems : [])), ...duplicates(objects, reader.kind)];
  if (problems.length > 0) throw new InputError(atMost(problems));
  if (objects.length === 0) {
    const cure = reader.cure === undefined ? '' : `: ${reader.cure}`;
    throw new InputError([`${sources.map((s) => s.file).join(', ')}: no ${reader.kind} found${cure}`]);
  }
  return { objects, notes: found.flatMap((f) => ('note' in f ? [f.note] : [])) };
};

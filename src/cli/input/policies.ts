import { CONTAINER_SECURITY_POLICY, GROUP, VERSION } from '../../api/group.ts';
import type { ContainerSecurityPolicy } from '../../api/policy.ts';
import { isObject } from '../../text/is-object.ts';
import { InputError } from '../errors.ts';
import type { Validated } from '../validation/validator.ts';
import { parseDocuments } from './documents.ts';
import type { SourceText } from './files.ts';

/** A policy that the API server would accept, with its defaults and its namespace. */
interface ReadPolicy {
  readonly file: string;
  readonly policy: ContainerSecurityPolicy;
}

export interface ReadPolicies {
  readonly policies: readonly ReadPolicy[];
  /** The skipped objects, a line each. */
  readonly notes: readonly string[];
}

interface PolicyReader {
  /** Namespace of the policies that name none. */
  readonly namespace: string | undefined;
  readonly validate: (object: unknown) => Validated;
}

/** The result of one document. */
type DocumentResult =
  | { readonly policy: ContainerSecurityPolicy }
  | { readonly note: string }
  | { readonly problems: string[] };

const { kind: KIND } = CONTAINER_SECURITY_POLICY;
const API_VERSION = `${GROUP}/${VERSION}`;
const MAX_PROBLEMS = 50;

const textField = (object: unknown, field: string): string | undefined => {
  const value = isObject(object) ? object[field] : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
};

const nameOf = (object: Record<string, unknown>, namespace: string | undefined): string => {
  const name = textField(object.metadata, 'name') ?? '(unnamed)';
  return `${KIND} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
};

const checkPolicy = (raw: Record<string, unknown>, { namespace: asked, validate }: PolicyReader): DocumentResult => {
  const own = textField(raw.metadata, 'namespace');
  const namespace = own ?? asked ?? 'default';
  const name = nameOf(raw, namespace);
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
  const policy = object as ContainerSecurityPolicy;
  return { policy: { ...policy, metadata: { ...policy.metadata, namespace } } };
};

const readDocument = (document: unknown, position: number, reader: PolicyReader): DocumentResult => {
  if (!isObject(document))
    return { problems: [`document ${position} is not an object: a manifest has apiVersion, kind and metadata`] };
  const kind = textField(document, 'kind');
  const apiVersion = textField(document, 'apiVersion');
  if (kind === undefined || apiVersion === undefined) {
    return {
      problems: [
        `document ${position} has no ${kind === undefined ? 'kind' : 'apiVersion'}: a policy has apiVersion: ${API_VERSION}, kind: ${KIND}`,
      ],
    };
  }
  if (kind === KIND && apiVersion.startsWith(`${GROUP}/`)) return checkPolicy(document, reader);
  return { note: `skipped ${kind} ${textField(document.metadata, 'name') ?? '(unnamed)'}` };
};

/** As kubectl does, a List stands for its items. */
const flatten = (document: unknown): unknown[] =>
  isObject(document) && textField(document, 'kind')?.endsWith('List') === true && Array.isArray(document.items)
    ? document.items.flatMap(flatten)
    : [document];

const findIn = (source: SourceText, reader: PolicyReader): DocumentResult[] => {
  const { documents, problems } = parseDocuments(source);
  if (problems.length > 0) return [{ problems: [...problems] }];
  const prefix = (line: string): string => `${source.file}: ${line}`;
  return documents.flatMap(flatten).map((document, index) => {
    const found = readDocument(document, index + 1, reader);
    if ('problems' in found) return { problems: found.problems.map(prefix) };
    return 'note' in found ? { note: prefix(found.note) } : found;
  });
};

const duplicates = (policies: readonly ReadPolicy[]): string[] => {
  const seen = new Map<string, string>();
  return policies.flatMap(({ file, policy: { metadata } }) => {
    const key = `${metadata.namespace}/${metadata.name}`;
    const before = seen.get(key);
    seen.set(key, before ?? file);
    return before === undefined
      ? []
      : [
          `${file}: ${KIND} ${key}: already defined in ${before}: the later definition would replace the earlier one: remove one of them`,
        ];
  });
};

/**
 * Finds the policies in the sources and validates them as the API server does. Objects of other kinds are skipped with a note.
 * @throws InputError with every problem of every document
 */
export const readPolicies = (sources: readonly SourceText[], reader: PolicyReader): ReadPolicies => {
  const found = sources.flatMap((source) => findIn(source, reader).map((f) => ({ file: source.file, ...f })));
  const policies = found.flatMap((f) => ('policy' in f ? [{ file: f.file, policy: f.policy }] : []));
  const problems = [...found.flatMap((f) => ('problems' in f ? f.problems : [])), ...duplicates(policies)];
  if (problems.length > MAX_PROBLEMS) {
    problems.splice(MAX_PROBLEMS, Number.POSITIVE_INFINITY, `… and ${problems.length - MAX_PROBLEMS} more problems`);
  }
  if (problems.length > 0) throw new InputError(problems);
  if (policies.length === 0) {
    throw new InputError([`${sources.map((s) => s.file).join(', ')}: no ${KIND} found`]);
  }
  return { policies, notes: found.flatMap((f) => ('note' in f ? [f.note] : [])) };
};

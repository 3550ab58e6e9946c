import { CONTAINER_SECURITY_POLICY, GROUP, IMAGE_SCAN, POLICY_TEST, VERSION } from '../../api/group.ts';
import { nearest } from '../../reach/findings/nearest.ts';
import { isObject } from '../../text/is-object.ts';
import { InputError } from '../errors.ts';
import type { SourceText } from '../input/files.ts';
import { locator, type Position } from '../input/locate.ts';
import { atMost, textField } from '../input/objects.ts';
import type { Problem } from '../validation/problem.ts';
import { compileValidator } from '../validation/validator.ts';
import { type Place, placesIn } from '../world/manifests.ts';
import { AREAS } from './result.ts';
import { type PolicyTest, SCHEMA } from './schema.ts';

/** A PolicyTest, and where it is in its file. */
export interface LoadedTest {
  readonly file: string;
  readonly test: PolicyTest;
  /** @param path of a field, from the root of the document */
  readonly positionOf: (path: readonly (string | number)[]) => Position;
}

const API_VERSION = `${GROUP}/${VERSION}`;
const KINDS: readonly string[] = [POLICY_TEST, CONTAINER_SECURITY_POLICY.kind, IMAGE_SCAN.kind];

/** `spec.connections[0].to` */
const stepsOf = (path: string): (string | number)[] =>
  (path.match(/[^.[\]]+/g) ?? []).map((step) => (/^\d+$/.test(step) ? Number(step) : step));

export const problemLine = (
  file: string,
  { line, column }: Position,
  name: string,
  { path, message }: Problem,
): string => `${file}:${line}:${column}: ${[name, path, message].filter((part) => part !== '').join(': ')}`;

const NO_EXPECTATION: Problem = {
  path: 'spec',
  message: `it has no expectation, so that it could not fail: write ${AREAS.slice(0, -1).join(', ')} or ${AREAS.at(-1)}`,
};

/** A PolicyTest under a wrong name is no other object: it would pass unseen. */
const misnamed = (raw: Record<string, unknown>): Problem | undefined => {
  const [kind = '', apiVersion = ''] = [textField(raw, 'kind'), textField(raw, 'apiVersion')];
  if (kind === POLICY_TEST && apiVersion !== API_VERSION)
    return { path: 'apiVersion', message: `Unsupported value: "${apiVersion}": supported values: "${API_VERSION}"` };
  const isOurs = apiVersion.startsWith(`${GROUP}/`) && !KINDS.includes(kind);
  if (isOurs || nearest(kind, [POLICY_TEST]) !== undefined)
    return { path: 'kind', message: kind === '' ? 'Required value' : `"${kind}" is no kind: write ${POLICY_TEST}` };
  return undefined;
};

type Validate = ReturnType<typeof compileValidator>;

/** Compiled once, as it takes longer than reading. */
let validator: Validate | undefined;

const readPlace = (
  { raw, document, path, source }: Place,
  at: ReturnType<typeof locator>,
  validate: Validate,
  asked: string | undefined,
): LoadedTest | { problems: string[] } | undefined => {
  const { file } = source;
  const positionOf = (steps: readonly (string | number)[]): Position => at(document, [...path, ...steps]);
  const refuse = (name: string, problems: readonly Problem[]) => ({
    problems: problems.map((problem) => problemLine(file, positionOf(stepsOf(problem.path)), name, problem)),
  });
  if (!isObject(raw))
    return refuse(`document ${document + 1}`, [
      { path: '', message: `it is not an object: a ${POLICY_TEST} has apiVersion, kind, metadata and spec` },
    ]);
  const namespace = textField(raw.metadata, 'namespace') ?? asked ?? 'default';
  const name = `${POLICY_TEST} ${namespace}/${textField(raw.metadata, 'name') ?? '(unnamed)'}`;
  const wrong = misnamed(raw);
  if (wrong !== undefined) return refuse(`document ${document + 1}`, [wrong]);
  if (raw.kind !== POLICY_TEST) return undefined;
  const { object, problems } = validate(raw);
  if (problems.length > 0) return refuse(name, problems);
  const test = object as PolicyTest;
  if (AREAS.every((area) => test.spec[area] === undefined)) return refuse(name, [NO_EXPECTATION]);
  return { file, positionOf, test: { ...test, metadata: { name: test.metadata.name, namespace } } };
};

const duplicates = (tests: readonly LoadedTest[]): string[] => {
  const seen = new Map<string, string>();
  return tests.flatMap(({ file, test: { metadata }, positionOf }) => {
    const name = `${metadata.namespace}/${metadata.name}`;
    const before = seen.get(name);
    seen.set(name, before ?? file);
    if (before === undefined) return [];
    const message = `already defined in ${before}: give one of them another name`;
    return [
      problemLine(file, positionOf(['metadata', 'name']), `${POLICY_TEST} ${name}`, { path: 'metadata.name', message }),
    ];
  });
};

/**
 * The PolicyTests of the sources; documents of other kinds are none.
 * @param groups the sources of each path that the user names, each of which must have one
 * @param namespace of tests that name none
 * @throws InputError with every problem, its file and its line
 */
export const readTests = (
  groups: readonly { readonly path: string; readonly sources: readonly SourceText[] }[],
  namespace: string | undefined,
): LoadedTest[] => {
  validator ??= compileValidator(SCHEMA);
  const validate = validator;
  const problems: string[] = [];
  const tests = groups.flatMap(({ path, sources }) => {
    const found = sources.flatMap((source): LoadedTest[] => {
      const { places, problems: unreadable } = placesIn(source);
      problems.push(...unreadable);
      if (places.length === 0) return [];
      const at = locator(source.text);
      const read = places.flatMap((place) => readPlace(place, at, validate, namespace) ?? []);
      problems.push(...read.flatMap((one) => ('problems' in one ? one.problems : [])));
      return read.flatMap((one) => ('problems' in one ? [] : [one]));
    });
    if (found.length === 0 && problems.length === 0)
      problems.push(`${path}: no ${POLICY_TEST} in it: write one (apiVersion: ${API_VERSION}, kind: ${POLICY_TEST})`);
    return found;
  });
  problems.push(...duplicates(tests));
  if (problems.length > 0) throw new InputError(atMost(problems));
  return tests;
};

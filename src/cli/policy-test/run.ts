import { POLICY_TEST } from '../../api/group.ts';
import { questionOf, rightName } from './access-question.ts';
import { connectionName, judgeConnection } from './connections.ts';
import { imageName, judgeImage } from './images.ts';
import { judgeLevel, levelName } from './levels.ts';
import { type LoadedTest, problemLine } from './read-tests.ts';
import { AREAS, type Area, FieldError, type Judgment, judge, type Result, type TestReport } from './result.ts';
import type { PolicyTest, RightExpectation } from './schema.ts';
import { checkNamespace, METADATA_NAMESPACE, type TestedWorld } from './tested-world.ts';

type ExpectationOf<A extends Area> = NonNullable<PolicyTest['spec'][A]>[number];

/** How an area is judged; both functions throw a FieldError. */
interface Judge<A extends Area> {
  readonly name: (expectation: ExpectationOf<A>, namespace: string) => string;
  readonly judge: (expectation: ExpectationOf<A>, namespace: string, world: TestedWorld) => Judgment;
}

const judgeRight = (expectation: RightExpectation, namespace: string, world: TestedWorld): Judgment => {
  const question = questionOf(expectation, namespace);
  if (question.namespace !== undefined && question.resource !== 'namespaces')
    checkNamespace(world, expectation.namespace, question.namespace);
  const problem = world.subjectProblem(question.principal);
  if (problem !== undefined) throw new FieldError('subject.name', problem);
  const { allowed, reasons } = world.access(question);
  return judge(expectation.allowed, allowed, reasons);
};

const JUDGES: { readonly [A in Area]: Judge<A> } = {
  connections: {
    name: connectionName,
    judge: (expectation, namespace, { loaded, reach }) => judgeConnection(expectation, namespace, loaded, reach),
  },
  rights: { name: rightName, judge: judgeRight },
  images: { name: (one, namespace) => imageName(one, one.namespace ?? namespace), judge: judgeImage },
  podSecurity: { name: (one, namespace) => levelName(one, one.namespace ?? namespace), judge: judgeLevel },
};

const runArea = <A extends Area>(area: A, loaded: LoadedTest, world: TestedWorld, problems: string[]): Result[] => {
  const { test, file, positionOf } = loaded;
  const { namespace, name } = test.metadata;
  const expectations = (test.spec[area] ?? []) as readonly ExpectationOf<A>[];
  return expectations.flatMap((expectation, index): Result[] => {
    const path = ['spec', area, index] as const;
    const { description } = expectation;
    try {
      const sentence = JUDGES[area].name(expectation, namespace);
      const judged = JUDGES[area].judge(expectation, namespace, world);
      const { line } = positionOf(path);
      return [
        { area, name: description === undefined ? sentence : `${description}: ${sentence}`, file, line, ...judged },
      ];
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
      const isOfTest = error.field === METADATA_NAMESPACE;
      const field = isOfTest ? error.field : `spec.${area}[${index}].${error.field}`;
      const position = positionOf(isOfTest ? error.field.split('.') : [...path, ...error.field.split('.')]);
      problems.push(
        problemLine(file, position, `${POLICY_TEST} ${namespace}/${name}`, { path: field, message: error.message }),
      );
      return [];
    }
  });
};

/** Tries every expectation. Problems are expectations that name nothing: nothing is known about them. */
export const runTests = (
  tests: readonly LoadedTest[],
  world: TestedWorld,
): { readonly reports: readonly TestReport[]; readonly problems: readonly string[] } => {
  const problems: string[] = [];
  const reports = tests.map((loaded): TestReport => {
    const { namespace, name } = loaded.test.metadata;
    const results = AREAS.flatMap((area) => runArea(area, loaded, world, problems));
    return { name: `${namespace}/${name}`, file: loaded.file, results };
  });
  return { reports, problems: [...new Set(problems)] };
};

/** The page of a kind: fields, columns, conditions, reasons. */
import type { ConditionInfo, ReasonInfo } from '../../src/api/reason.ts';
import { rulesOf } from './bounds.ts';
import { fieldSections } from './fields.ts';
import { anchorOf, code, list, page, prose, table } from './markdown.ts';
import type { Column, Definition } from './schema.ts';

type Reasons = Readonly<Record<string, ReasonInfo>>;

const STATES = {
  Ready: 'Nothing to do, or a result to read.',
  Reconciling: 'The operator continues without help.',
  Stalled: 'A user must act.',
} as const satisfies Record<ReasonInfo['state'], string>;

const inState = (reasons: Reasons, state: string): [string, ReasonInfo][] =>
  Object.entries(reasons).filter(([, reason]) => reason.state === state);

const stateHeading = (state: string): string => `Reasons of state ${state}`;

const reasonAnchor = (reason: string): string => `reason-${reason.toLowerCase()}`;

const columnTable = (columns: readonly Column[]): string =>
  table(
    ['column', 'shows', 'description'],
    columns.map(({ name, jsonPath, description = '' }) => [name.toUpperCase(), code(jsonPath), prose(description)]),
  );

const columnBlocks = (columns: readonly Column[]): string[] => {
  const [usual, wide] = [false, true].map((isWide) => columns.filter(({ priority = 0 }) => priority > 0 === isWide));
  return [
    '## Columns of kubectl get',
    columnTable(usual ?? []),
    ...(wide === undefined || wide.length === 0 ? [] : ['With `-o wide` also:', columnTable(wide)]),
  ];
};

type Conditions = Readonly<Record<string, ConditionInfo>>;

/** The reasons that the condition of every section can have. */
const sharedReasons = (conditions: Conditions): ReadonlySet<string> => {
  const sections = Object.keys(conditions).filter((type) => /.Ready$/.test(type));
  const [first, ...others] = sections.map((type) => new Set(conditions[type]?.reasons));
  return first === undefined ? new Set() : others.reduce((common, its) => common.intersection(its), first);
};

/** Links to those of `its` that have the state; one link if these are all of the state. */
const linksInState = (its: ReadonlySet<string>, reasons: Reasons, state: string): string | undefined => {
  const all = inState(reasons, state).map(([reason]) => reason);
  const found = all.filter((reason) => its.has(reason));
  if (found.length === 0) return undefined;
  if (found.length === all.length && all.length > 5) return `[every reason](#${anchorOf(stateHeading(state))})`;
  return found.map((reason) => `[${reason}](#${reasonAnchor(reason)})`).join(', ');
};

/**
 * Links to reasons, by state. A condition that is True only in one state, Reconciling or Stalled, can have a reason that
 * usually means another state: the meaning of the reason says when.
 */
const reasonLinks = (its: ReadonlySet<string>, reasons: Reasons, only?: string): string[] => {
  const lines = Object.keys(STATES).flatMap((state) => {
    const links = linksInState(its, reasons, state);
    return links === undefined ? [] : [{ state, links }];
  });
  if (only === undefined) return lines.map(({ state, links }) => `${state}: ${links}`);
  const [own, others] = [true, false].map((isOwn) => lines.filter(({ state }) => (state === only) === isOwn));
  return [
    ...(own ?? []).map(({ state, links }) => `${state}: ${links}`),
    ...(others ?? []).map(({ links }) => `also ${links}, in the case that its meaning names`),
  ];
};

const conditionBlocks = (conditions: Conditions, reasons: Reasons): string[] => {
  const shared = sharedReasons(conditions);
  const blocks = Object.entries(conditions).flatMap(([type, { meaning, reasons: its }]) => {
    const isSection = shared.size > 0 && /.Ready$/.test(type);
    const own = new Set(its).difference(isSection ? shared : new Set());
    const also = isSection ? ['[Those of every section](#every-section)'] : [];
    const only = ['Reconciling', 'Stalled'].find((state) => state === type);
    return [`### ${type}`, `True: ${prose(meaning)}.`, list([...reasonLinks(own, reasons, only), ...also])];
  });
  const every = ['### Every section', 'Reasons of the condition of each section:', list(reasonLinks(shared, reasons))];
  return [
    '## Conditions',
    'The reasons of each condition, by the state of the work. [Reasons](#reasons) has their meanings and cures.',
    ...blocks,
    ...(shared.size === 0 ? [] : every),
  ];
};

/** Reasons that mean the same are one row. */
const reasonTable = (reasons: readonly [string, ReasonInfo][]): string =>
  table(
    ['reason', 'meaning', 'cure'],
    [...Map.groupBy(reasons, ([, info]) => info)].map(([{ meaning, cure = '' }, same]) => [
      same.map(([reason]) => `<a id="${reasonAnchor(reason)}"></a>${code(reason)}`).join('<br>'),
      prose(meaning),
      prose(cure),
    ]),
  );

const reasonBlocks = (reasons: Reasons): string[] => [
  '## Reasons',
  ...Object.entries(STATES).flatMap(([state, meaning]) => [
    `### ${stateHeading(state)}`,
    meaning,
    reasonTable(inState(reasons, state)),
  ]),
];

/** @param from the path of the definition, as people read it */
export const kindPage = (definition: Definition, conditions: Conditions, reasons: Reasons, from: string): string => {
  const { names, versions } = definition.spec;
  const version = versions.find(({ storage }) => storage);
  if (version === undefined) throw new Error(`${names.kind} has no stored version`);
  const { properties = {}, description = '', ...root } = version.schema.openAPIV3Schema;
  const shortNames = (names.shortNames ?? []).map(code).join(', ');
  const rules = rulesOf(root);
  return page(names.kind, `[${from}](../../${from}) and the tables of conditions and reasons in the code`, [
    prose(description),
    `Version \`${version.name}\`${shortNames === '' ? '' : `, short name ${shortNames}`}.`,
    'On this page: [spec](#spec), [status](#status), [columns](#columns-of-kubectl-get), [conditions](#conditions), [reasons](#reasons).',
    ...(rules.length === 0 ? [] : [`Rules:\n\n${list(rules)}`]),
    ...['spec', 'status'].flatMap((name) => fieldSections(name, properties[name] ?? {})),
    ...columnBlocks(version.additionalPrinterColumns ?? []),
    ...conditionBlocks(conditions, reasons),
    ...reasonBlocks(reasons),
  ]);
};

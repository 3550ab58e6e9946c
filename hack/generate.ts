/** `npm run generate`: writes what follows from another file. With --check it only says what differs. */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compile, type JSONSchema } from 'json-schema-to-typescript';
import { parse, parseAllDocuments } from 'yaml';
import type { ConditionInfo, ReasonInfo } from '../src/api/reason.ts';
import { OPERATOR_SETTINGS } from '../src/cli/settings/operator-settings.ts';
import type { AdmissionBindingSpec, AdmissionPolicySpec } from '../src/policy/admission/shipped.ts';
import { EVENT_REASONS as POLICY_EVENTS } from '../src/policy/event-reasons.ts';
import { CONDITIONS as POLICY_CONDITIONS } from '../src/policy/status/conditions.ts';
import { REASONS as POLICY_REASONS } from '../src/policy/status/reasons.ts';
import { EVENT_REASONS as SCAN_EVENTS } from '../src/scan/imagescan/events/event-reasons.ts';
import { CONDITIONS as SCAN_CONDITIONS, REASONS as SCAN_REASONS } from '../src/scan/imagescan/status/reasons.ts';
import { auditTwin } from './audit-twin.ts';
import { readManifests } from './manifests.ts';
import { drawPicture } from './picture.ts';
import { ENVIRONMENT_VARIABLES } from './reference/environment.ts';
import { kindPage } from './reference/kind-page.ts';
import { eventsPage, flagsPage, indexPage, metricsPage } from './reference/pages.ts';
import type { Definition } from './reference/schema.ts';
import { servedLabelValues, servedMetrics } from './reference/served-metrics.ts';

interface CustomResourceDefinition {
  spec: {
    names: { kind: string; singular: string };
    versions: { storage: boolean; schema: { openAPIV3Schema: JSONSchema } }[];
  };
}

const root = join(import.meta.dirname, '..');

/** JSON Schema has no word for what the API server adds, so these nodes name their type themselves. */
const typed = (node: unknown): unknown => {
  if (Array.isArray(node)) return node.map(typed);
  if (typeof node !== 'object' || node === null) return node;
  const { anyOf, ...rest } = node as Record<string, unknown>;
  if (rest['x-kubernetes-int-or-string'] === true) {
    return { description: rest.description, tsType: 'number | string' };
  }
  return Object.fromEntries(
    Object.entries(anyOf === undefined ? rest : { anyOf, ...rest }).map(([k, v]) => [k, typed(v)]),
  );
};

const schemaOf = (crd: CustomResourceDefinition): JSONSchema => {
  const version = crd.spec.versions.find((v) => v.storage);
  if (version === undefined) throw new Error(`${crd.spec.names.kind} has no stored version`);
  const schema = structuredClone(version.schema.openAPIV3Schema);
  schema.required = ['apiVersion', 'kind', 'metadata', 'spec'];
  for (const meta of Object.values(schema.properties ?? {}))
    if (meta.description === undefined) delete meta.description;
  schema.properties = { ...schema.properties, metadata: { tsType: 'ObjectMeta' } };
  return typed(schema) as JSONSchema;
};

interface Generated {
  readonly path: string;
  readonly from: string;
  readonly text: string;
}

/** The types of src/api, from a definition. */
const types = async (file: string): Promise<Generated> => {
  const crd = parse(await readFile(join(root, 'crds', file), 'utf8')) as CustomResourceDefinition;
  const { kind, singular } = crd.spec.names;
  const text = await compile(schemaOf(crd), kind, {
    additionalProperties: false,
    bannerComment: `// Generated from crds/${file} by npm run generate. Do not edit.\nimport type { ObjectMeta } from './meta.ts';\n`,
    ignoreMinAndMaxItems: true,
    style: { singleQuote: true, printWidth: 120 },
  });
  return { path: join('src/api', `${singular}.generated.ts`), from: `crds/${file}`, text };
};

/** Trusted images in mode Audit, from those in mode Enforce. */
const auditPolicy = async (): Promise<Generated> => {
  const from = 'config/admission/trusted-images.yaml';
  const path = 'config/admission/trusted-images-audit.yaml';
  return { path, from, text: auditTwin(await readFile(join(root, from), 'utf8'), from) };
};

/** What the operator compares the installed admission policies with. */
const shippedAdmission = async (): Promise<Generated> => {
  const from = 'config/admission';
  type Spec = AdmissionPolicySpec & AdmissionBindingSpec;
  const objects = (await readManifests(from)) as unknown as { kind: string; metadata: { name: string }; spec: Spec }[];
  // Texts for users decide nothing.
  const decisive = ({ validations, ...spec }: Spec) =>
    validations === undefined ? spec : { ...spec, validations: validations.map(({ expression }) => ({ expression })) };
  const of = (wanted: string) =>
    objects
      .filter(({ kind }) => kind === wanted)
      .map(({ metadata: { name }, spec }) => ({ name, spec: decisive(spec) }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  const shipped = {
    policies: of('ValidatingAdmissionPolicy'),
    bindings: of('ValidatingAdmissionPolicyBinding'),
  };
  const text =
    `// Generated from ${from} by npm run generate. Do not edit.\n` +
    `import type { Shipped } from './shipped.ts';\n\nexport const SHIPPED: Shipped = ${JSON.stringify(shipped, null, 2)};\n`;
  return { path: 'src/policy/admission/shipped.generated.ts', from, text };
};

/** The ClusterRoles of profiles, for who asks what they allow without a cluster. */
const profileRoles = async (): Promise<Generated> => {
  const from = 'config/rbac/profiles.yaml';
  const roles = parseAllDocuments(await readFile(join(root, from), 'utf8')).map((document) => {
    const { metadata, rules } = document.toJS() as { metadata: { name: string }; rules: object[] };
    return { name: metadata.name, rules };
  });
  const text =
    `// Generated from ${from} by npm run generate. Do not edit.\nimport type { PolicyRule } from 'kubernetes-types/rbac/v1.js';\n\n` +
    `export const PROFILE_ROLES: readonly { readonly name: string; readonly rules: readonly PolicyRule[] }[] = ${JSON.stringify(roles, null, 2)};\n`;
  return { path: 'src/policy/sections/access/profiles.generated.ts', from, text };
};

/** The picture of the README. */
const overview = async (): Promise<Generated> => {
  const from = 'docs/overview.txt';
  const text = drawPicture(
    await readFile(join(root, from), 'utf8'),
    'Palisade: from two resources to an enforced namespace',
  );
  return { path: 'docs/overview.svg', from, text };
};

const REFERENCE = 'docs/reference';

/** A page of docs/reference about one kind. */
const kindReference = async (
  plural: string,
  singular: string,
  conditions: Readonly<Record<string, ConditionInfo>>,
  reasons: Readonly<Record<string, ReasonInfo>>,
): Promise<Generated> => {
  const from = `crds/${plural}.security.palisade.dev.yaml`;
  const definition = parse(await readFile(join(root, from), 'utf8')) as Definition;
  return { path: `${REFERENCE}/${singular}.md`, from, text: kindPage(definition, conditions, reasons, from) };
};

const reference = async (): Promise<Generated[]> => {
  const page = (file: string, from: string, text: string): Generated => ({ path: `${REFERENCE}/${file}`, from, text });
  const metrics = metricsPage(servedMetrics(), await servedLabelValues());
  return [
    await kindReference('containersecuritypolicies', 'containersecuritypolicy', POLICY_CONDITIONS, POLICY_REASONS),
    await kindReference('imagescans', 'imagescan', SCAN_CONDITIONS, SCAN_REASONS),
    page('events.md', 'the tables of Events in src', eventsPage(POLICY_EVENTS, SCAN_EVENTS)),
    page('flags.md', 'src/cli/settings', flagsPage(Object.values(OPERATOR_SETTINGS), ENVIRONMENT_VARIABLES)),
    page('metrics.md', 'the registrations in src', metrics),
    page('README.md', 'hack/generate.ts', indexPage(CONTENTS)),
  ];
};

const CONTENTS = [
  ['containersecuritypolicy.md', 'fields with their limits and defaults, columns, conditions, reasons with cures'],
  ['imagescan.md', 'the same of ImageScans'],
  ['events.md', 'Events on both kinds'],
  ['flags.md', 'flags and environment variables of the operator'],
  ['metrics.md', 'metrics of the operator, with their labels'],
] as const;

/** Pages that are not generated any more. */
const leftOver = async (generated: readonly Generated[]): Promise<string[]> => {
  const files = (await readdir(join(root, REFERENCE))).map((file) => `${REFERENCE}/${file}`);
  return files.filter((file) => !generated.some(({ path }) => path === file));
};

const report = (problem: string): void => {
  process.stderr.write(`${problem}: run npm run generate\n`);
  process.exitCode = 1;
};

const settle = async ({ path, from, text }: Generated, check: boolean): Promise<void> => {
  if (!check) await writeFile(join(root, path), text);
  else if ((await readFile(join(root, path), 'utf8').catch(() => '')) !== text)
    report(`${path} is not what ${from} says`);
};

const main = async (check: boolean): Promise<void> => {
  const files = (await readdir(join(root, 'crds'))).filter((f) => f.endsWith('.yaml') && f !== 'kustomization.yaml');
  const steps: (() => Promise<Generated[]>)[] = [
    () => Promise.all([...files.map(types), auditPolicy(), profileRoles(), overview()]),
    // Reads the twin that the step before has written.
    async () => [await shippedAdmission()],
    reference,
  ];
  const generated: Generated[] = [];
  for (const step of steps) {
    const made = await step();
    for (const one of made) await settle(one, check);
    generated.push(...made);
  }
  for (const path of await leftOver(generated)) {
    if (check) report(`${path} is not generated any more`);
    else await rm(join(root, path));
  }
};

await main(process.argv.includes('--check'));

/** `npm run generate`: writes what follows from another file. With --check it only says what differs. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compile, type JSONSchema } from 'json-schema-to-typescript';
import { parse } from 'yaml';
import type { ReasonInfo } from '../src/api/reason.ts';
import { OPERATOR_SETTINGS } from '../src/cli/settings/operator-settings.ts';
import { REASONS as POLICY_REASONS } from '../src/policy/status/reasons.ts';
import { REASONS as SCAN_REASONS } from '../src/scan/imagescan/status/reasons.ts';
import { auditTwin } from './audit-twin.ts';
import { drawPicture } from './picture.ts';
import { type Definition, flagsPage, kindPage, metricsPage } from './reference.ts';
import { servedMetrics } from './served-metrics.ts';

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

/** The picture of the README. */
const overview = async (): Promise<Generated> => {
  const from = 'docs/overview.txt';
  const text = drawPicture(
    await readFile(join(root, from), 'utf8'),
    'Palisade: from two resources to an enforced namespace',
  );
  return { path: 'docs/overview.svg', from, text };
};

/** A page of docs/reference about one kind. */
const kindReference = async (
  plural: string,
  singular: string,
  reasons: Readonly<Record<string, ReasonInfo>>,
): Promise<Generated> => {
  const from = `crds/${plural}.security.palisade.dev.yaml`;
  const definition = parse(await readFile(join(root, from), 'utf8')) as Definition;
  return { path: `docs/reference/${singular}.md`, from, text: kindPage(definition, reasons, from) };
};

const reference = async (): Promise<Generated[]> => [
  await kindReference('containersecuritypolicies', 'containersecuritypolicy', POLICY_REASONS),
  await kindReference('imagescans', 'imagescan', SCAN_REASONS),
  { path: 'docs/reference/flags.md', from: 'src/cli/settings', text: flagsPage(Object.values(OPERATOR_SETTINGS)) },
  { path: 'docs/reference/metrics.md', from: 'src', text: metricsPage(servedMetrics()) },
];

const main = async (check: boolean): Promise<void> => {
  const files = (await readdir(join(root, 'crds'))).filter((f) => f.endsWith('.yaml') && f !== 'kustomization.yaml');
  for (const { path, from, text } of [
    ...(await Promise.all([...files.map(types), auditPolicy(), overview()])),
    ...(await reference()),
  ]) {
    if (!check) {
      await writeFile(join(root, path), text);
    } else if ((await readFile(join(root, path), 'utf8').catch(() => '')) !== text) {
      process.stderr.write(`${path} is not what ${from} says: run npm run generate\n`);
      process.exitCode = 1;
    }
  }
};

await main(process.argv.includes('--check'));

import { readFile } from 'node:fs/promises';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import { Ajv } from 'ajv';
import Ajv04 from 'ajv-draft-04';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';
import { openVexSchema } from './format/openvex-schema.ts';

/** What a schema finds wrong, as text; empty: nothing. */
export type Validator = (document: object) => Promise<string>;

const fixture = (name: string): Promise<string> => readFile(new URL(`fixtures/${name}`, import.meta.url), 'utf8');

interface Compiled {
  (document: object): unknown;
  errors?: unknown;
}

const toValidator =
  (validate: Compiled): Validator =>
  async (document) =>
    validate(document) === true ? '' : JSON.stringify(validate.errors);

/** Documents are validated as they are read: undefined is not there. */
const asRead = (document: object): object => JSON.parse(JSON.stringify(document)) as object;

export const sarifValidator = async (): Promise<Validator> => {
  const ajv = new Ajv04.default({ strict: false, unicodeRegExp: false });
  addFormats.default(ajv as never);
  const validate = toValidator(ajv.compile(JSON.parse(await fixture('sarif-2.1.0-rtm.5.json'))) as Compiled);
  return (document) => validate(asRead(document));
};

export const openVexValidator = async (): Promise<Validator> => {
  const ajv = new Ajv({ strict: false });
  addFormats.default(ajv);
  const validate = toValidator(ajv.compile(openVexSchema));
  return (document) => validate(asRead(document));
};

/** The schema of the CRD, where fields that it does not know are refused as with fieldValidation=Strict. */
export const openReportsValidator = async (): Promise<Validator> => {
  const crd = parse(await fixture('openreports.io_reports.yaml'));
  const closed = (schema: Record<string, unknown>): Record<string, unknown> =>
    JSON.parse(JSON.stringify(schema), (_, value) =>
      value?.type === 'object' && value.properties !== undefined ? { ...value, additionalProperties: false } : value,
    );
  const ajv = new Ajv({ strict: false, formats: { int32: true, int64: true } });
  const validate = toValidator(ajv.compile(closed(crd.spec.versions[0].schema.openAPIV3Schema)));
  return (document) => validate(asRead(document));
};

export const cycloneDxValidator = async (version: '1.6' | '1.7' = '1.6'): Promise<Validator> => {
  const validator = new Validation.JsonStrictValidator(version === '1.6' ? Spec.Version.v1dot6 : Spec.Version.v1dot7);
  return async (document) => {
    const error = await validator.validate(JSON.stringify(document));
    return error === null ? '' : JSON.stringify(error);
  };
};

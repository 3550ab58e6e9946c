import type { PodSecurityLevel } from '../../api/policy.ts';
import type { Schema } from '../../api/schema.ts';
import type { Mode } from '../../policy/sections/podsecurity/labels.ts';

interface Expectation {
  readonly description?: string;
}

export interface ConnectionExpectation extends Expectation {
  readonly from: string;
  readonly to: string;
  readonly fromLabels?: Readonly<Record<string, string>>;
  readonly toLabels?: Readonly<Record<string, string>>;
  readonly allowed: boolean;
}

export interface RightExpectation extends Expectation {
  readonly subject: {
    readonly kind: 'ServiceAccount' | 'User' | 'Group';
    readonly name: string;
    readonly namespace?: string;
  };
  readonly verb: string;
  readonly resource: string;
  readonly apiGroup?: string;
  readonly resourceName?: string;
  readonly namespace?: string;
  readonly allowed: boolean;
}

export interface ImageExpectation extends Expectation {
  readonly image: string;
  readonly namespace?: string;
  readonly allowed: boolean;
}

export interface LevelExpectation extends Expectation {
  readonly level: PodSecurityLevel;
  readonly mode: Mode;
  readonly version?: string;
  readonly namespace?: string;
}

export interface PolicyTest {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: {
    readonly connections?: readonly ConnectionExpectation[];
    readonly rights?: readonly RightExpectation[];
    readonly images?: readonly ImageExpectation[];
    readonly podSecurity?: readonly LevelExpectation[];
  };
}

const text = { type: 'string', minLength: 1 };
const labels = { type: 'object', additionalProperties: { type: 'string' } };
const shared = { description: { type: 'string', minLength: 1, maxLength: 256 } };
const allowed = { type: 'boolean' };
const namespace = {
  type: 'string',
  maxLength: 63,
  pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$',
  description: "Lower-case letters, digits and '-', as in team-a.",
};

const expectations = (required: readonly string[], properties: object) => ({
  type: 'array',
  minItems: 1,
  items: { type: 'object', required, properties: { ...properties, ...shared } },
});

/** In the form of a definition, so that it is checked as one. */
export const SCHEMA = {
  type: 'object',
  required: ['spec'],
  properties: {
    apiVersion: { type: 'string' },
    kind: { type: 'string' },
    metadata: { type: 'object' },
    spec: {
      type: 'object',
      properties: {
        connections: expectations(['from', 'to', 'allowed'], {
          ...{ from: text, to: text, fromLabels: labels, toLabels: labels, allowed },
        }),
        rights: expectations(['subject', 'verb', 'resource', 'allowed'], {
          subject: {
            type: 'object',
            required: ['kind', 'name'],
            properties: { kind: { type: 'string', enum: ['ServiceAccount', 'User', 'Group'] }, name: text, namespace },
          },
          ...{ verb: text, resource: text, apiGroup: { type: 'string' }, resourceName: text, namespace, allowed },
        }),
        images: expectations(['image', 'allowed'], { image: text, namespace, allowed }),
        podSecurity: expectations(['level'], {
          level: { type: 'string', enum: ['privileged', 'baseline', 'restricted'] },
          mode: { type: 'string', enum: ['enforce', 'audit', 'warn'], default: 'enforce' },
          version: {
            type: 'string',
            pattern: '^(latest|v1\\.[0-9]+)$',
            description: 'Write latest, or a version such as v1.34.',
          },
          namespace,
        }),
      },
    },
  },
} as Schema;

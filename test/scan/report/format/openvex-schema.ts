const text = { type: 'string' } as const;
const uri = { type: 'string', format: 'uri' } as const;

/** The members of an object, those that must be there, and no others. */
const closed = (properties: object, required: readonly string[] = []) => ({
  type: 'object',
  additionalProperties: false,
  properties,
  required,
});

const listOf = (items: object) => ({ type: 'array', uniqueItems: true, minItems: 1, items });

const component = { '@id': uri, identifiers: closed({ purl: { type: 'string', pattern: '^pkg:' } }, ['purl']) };

const JUSTIFICATIONS = [
  'component_not_present',
  'vulnerable_code_not_present',
  'vulnerable_code_not_in_execute_path',
  'vulnerable_code_cannot_be_controlled_by_adversary',
  'inline_mitigations_already_exist',
];

const common = {
  vulnerability: closed({ name: text, aliases: listOf(text) }, ['name']),
  products: listOf(closed({ ...component, subcomponents: listOf(closed(component, ['@id'])) }, ['@id'])),
  status_notes: text,
};

/** A statement of this status, with what this status asks for and allows. */
const statement = (status: string, own: object, ...required: string[]) =>
  closed({ ...common, ...own, status: { const: status } }, ['vulnerability', 'products', 'status', ...required]);

/** What OPENVEX-SPEC.md 0.2.0 asks of a document and its statements, as far as this project writes them. */
export const openVexSchema = closed(
  {
    '@context': { const: 'https://openvex.dev/ns/v0.2.0' },
    '@id': uri,
    author: { type: 'string', minLength: 1 },
    timestamp: { type: 'string', format: 'date-time' },
    version: { type: 'integer', minimum: 1 },
    tooling: text,
    statements: listOf({
      oneOf: [
        statement('not_affected', { justification: { enum: JUSTIFICATIONS } }, 'justification'),
        statement('not_affected', { impact_statement: { type: 'string', minLength: 1 } }, 'impact_statement'),
        statement('affected', { action_statement: { type: 'string', minLength: 1 } }, 'action_statement'),
        statement('fixed', {}),
        statement('under_investigation', {}),
      ],
    }),
  },
  ['@context', '@id', 'author', 'timestamp', 'version', 'statements'],
);

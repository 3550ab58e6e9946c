const qualifiedName = '^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$';

/** Written by the API server or by controllers; kubectl get prints them. */
const serverSide = [
  'generateName',
  'selfLink',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'ownerReferences',
  'finalizers',
  'managedFields',
];

/**
 * The API server's rules for metadata, which no CustomResourceDefinition describes, as a JSON schema.
 * It names every field of ObjectMeta, so that any other field is an error.
 */
export const METADATA_SCHEMA = {
  type: 'object',
  required: ['name'],
  properties: {
    name: {
      type: 'string',
      maxLength: 253,
      pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$',
      description: "Lower-case letters, digits, '-' and '.', as in my-policy.",
    },
    namespace: {
      type: 'string',
      maxLength: 63,
      pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$',
      description: "Lower-case letters, digits and '-', as in team-a.",
    },
    labels: {
      type: 'object',
      propertyNames: { pattern: qualifiedName },
      additionalProperties: {
        type: 'string',
        maxLength: 63,
        pattern: '^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$',
        description: "Letters, digits, '-', '_' and '.', beginning and ending with a letter or digit.",
      },
    },
    annotations: {
      type: 'object',
      propertyNames: { pattern: qualifiedName.replaceAll('a-z', 'A-Za-z') },
      additionalProperties: { type: 'string' },
    },
    ...Object.fromEntries(serverSide.map((field) => [field, {}])),
  },
} as const;

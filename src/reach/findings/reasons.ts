/** Every reason of a finding with its meaning, gravest first: findings are listed in this order. */
export const FINDING_REASONS = {
  DnsCut: 'pods that the policy isolates cannot resolve names',
  ServiceUnreachable: 'no pod and no address may connect to the pods of a Service at its port',
  PortNotDeclared: 'a rule has the port of a Service, and NetworkPolicies match the port of its pods',
  PortNameUnknown: 'a rule names a port that none of its pods has',
  NamespaceNotFound: 'a rule names a namespace that does not exist, or selects none',
  SelectsNoPod: 'a selector selects no pod, or none for a misspelled value of a list',
  OneSided: 'a rule allows one end of a connection, and the other end denies it',
  ScraperCut:
    'a pod asks for scrapes of its metrics by annotation, and nobody, or no scraper, may connect to that port',
  RuleWithoutEffect: 'another rule already allows everything that the rule allows',
} as const;

export type FindingReason = keyof typeof FINDING_REASONS;

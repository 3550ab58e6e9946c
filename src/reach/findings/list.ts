import { dnsCut } from './dns-cut.ts';
import type { Finding } from './finding.ts';
import { namespaceNotFound } from './namespace-not-found.ts';
import { oneSided } from './one-sided.ts';
import { portNameUnknown } from './port-name-unknown.ts';
import { portNotDeclared } from './port-not-declared.ts';
import type { FindingReason } from './reasons.ts';
import { ruleWithoutEffect } from './rule-without-effect.ts';
import type { Scene } from './scene.ts';
import { scraperCut } from './scraper-cut.ts';
import { selectsNoPod } from './selects-no-pod.ts';
import { serviceUnreachable } from './service-unreachable.ts';

/** What each reason is looked for with. */
export const FINDERS: Readonly<Record<FindingReason, (scene: Scene) => Finding[]>> = {
  DnsCut: dnsCut,
  ServiceUnreachable: serviceUnreachable,
  PortNotDeclared: portNotDeclared,
  PortNameUnknown: portNameUnknown,
  NamespaceNotFound: namespaceNotFound,
  SelectsNoPod: selectsNoPod,
  OneSided: oneSided,
  ScraperCut: scraperCut,
  RuleWithoutEffect: ruleWithoutEffect,
};

import { accessSection } from './access/section.ts';
import { imagesSection } from './images/section.ts';
import { imageScanSection } from './imagescan/section.ts';
import type { NetworkFacts } from './network/facts.ts';
import { networkSection } from './network/section.ts';
import { podSecuritySection } from './podsecurity/section.ts';
import type { Section, SectionOptions } from './section.ts';

/** In the order in which they are enforced. withdrawal-order.ts has the order in which they are withdrawn. */
export const createSections = (options: SectionOptions, facts: Pick<NetworkFacts, 'current'>): Section[] => [
  networkSection(options, facts),
  podSecuritySection(options),
  accessSection(),
  imagesSection(options),
  imageScanSection(),
];

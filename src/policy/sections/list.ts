import { accessSection } from './access/section.ts';
import { imagesSection } from './images/section.ts';
import { imageScanSection } from './imagescan/section.ts';
import type { DnsPeer } from './network/context.ts';
import { networkSection } from './network/section.ts';
import { podSecuritySection } from './podsecurity/section.ts';
import type { Section, SectionOptions } from './section.ts';

/** In the order in which they are enforced. withdrawal-order.ts has the order in which they are withdrawn. */
export const createSections = (options: SectionOptions, dnsPeers: readonly DnsPeer[]): Section[] => [
  networkSection(options, dnsPeers),
  podSecuritySection(options),
  accessSection(),
  imagesSection(options),
  imageScanSection(),
];

import type { Content } from '../images/content.ts';
import { image } from '../images/image.ts';
import { debian } from '../images/packages/dpkg.ts';
import type { DatabaseFixture, Severity, Vulnerability } from '../trivydb/fixture.ts';

/** Packages of an image, and of the distribution. */
const PACKAGES = 100;
const DISTRIBUTION = 400;
/** Of the first package of which the next image has another selection. */
const STRIDE = 7;

const nameOf = (i: number): string => `libexample${i}`;
const idOf = (i: number): string => `CVE-2098-${10_000 + i}`;

/** Like Debian's: few are critical, most are low. */
const severityOf = (i: number): Severity => {
  if (i % 50 === 0) return 'CRITICAL';
  if (i % 10 === 1) return 'HIGH';
  return i % 3 === 0 ? 'MEDIUM' : 'LOW';
};

const everyPackage = Array.from({ length: DISTRIBUTION }, (_, i) => i);

/** An image of a hundred Debian packages, about as many as the smallest Debian has; each i is an image of its own. */
export const benchImage = (i: number): Promise<Content> => {
  const packages = Array.from({ length: PACKAGES }, (_, j) => {
    const name = nameOf((i * STRIDE + j) % DISTRIBUTION);
    return { name, version: '1.2.3-4+deb12u1', source: name };
  });
  return image({ layers: [{ ...debian('12.11', packages), 'etc/image': `${i}` }] });
};

const vulnerability = (i: number, edition: number): Vulnerability => ({
  Title: `${nameOf(i)}: a crafted file leads to an out-of-bounds write, edition ${edition}`,
  Description: 'A flaw was found in the parser. '.repeat(20),
  Severity: severityOf(i),
  VendorSeverity: { nvd: severityOf(i) },
  References: Array.from({ length: 8 }, (_, j) => `https://example.com/advisories/${idOf(i)}/${j}`),
  PublishedDate: '2098-01-01T00:00:00Z',
  LastModifiedDate: '2098-01-02T00:00:00Z',
});

/** One vulnerability for each package; every second one can be fixed. @param edition another one is another database */
export const benchDatabase = (edition: number): DatabaseFixture => ({
  sources: { 'debian 12': { ID: 'debian', Name: 'Debian Security Tracker', URL: 'https://example.com' } },
  advisories: {
    'debian 12': Object.fromEntries(
      everyPackage.map((i) => [
        nameOf(i),
        { [idOf(i)]: i % 2 === 0 ? { fixed: '1.2.3-4+deb12u2' } : { status: 'affected' } },
      ]),
    ),
  },
  vulnerabilities: Object.fromEntries(everyPackage.map((i) => [idOf(i), vulnerability(i, edition)])),
});

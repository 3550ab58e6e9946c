import type { ScanSpec } from '../api/imagescan.ts';
import { adviceFor, describeAdvice } from './findings/advice.ts';
import { inTheWay } from './findings/compliance.ts';
import { countedOf, exceptionRows, judge } from './findings/exceptions.ts';
import type { KnownFinding } from './findings/finding.ts';
import { isFixable, oldestFixable } from './findings/fixable.ts';
import { printable } from './findings/printable.ts';
import { countBySeverity } from './findings/severity.ts';
import type { ImageReport } from './store/report.ts';
import type { ImageView, ViewedFinding } from './view.ts';

const MAX_TITLE = 256;

/** All of it comes from the image or the database, and people read it on terminals. */
const toViewed = ({
  id,
  package: name,
  installed,
  severity,
  firstSeenAt,
  fixed,
  title,
}: KnownFinding): ViewedFinding => ({
  id: printable(id),
  package: printable(name),
  installed: printable(installed),
  severity,
  firstSeenAt,
  fixed: printable(fixed.join(', ')),
  ...(title !== undefined && { title: printable(title, MAX_TITLE) }),
});

/** What an ImageScan sees in an image's report. @param reference the image as people write it @param now milliseconds since 1970 */
export const viewImage = (report: ImageReport, reference: string, spec: ScanSpec, now: number): ImageView => {
  const image = { reference, digest: report.image.digest };
  const { exceptions = [] } = spec;
  const judged = judge(report.findings, exceptions, image, now);
  const counted = countedOf(judged);
  const since = oldestFixable(counted);
  return {
    scannedAt: report.scannedAt,
    database: report.database.updatedAt,
    counts: countBySeverity(counted),
    fixable: counted.filter(isFixable).length,
    excepted: judged.length - counted.length,
    new: counted.filter(({ firstSeenAt }) => firstSeenAt === report.scannedAt).length,
    inTheWay: inTheWay(counted, spec).length,
    ...(report.os !== undefined && { os: printable(`${report.os.family} ${report.os.version}`) }),
    endOfLife: report.os?.endOfLife === true,
    ...(since !== undefined && { oldestFixableAt: since }),
    advice: describeAdvice(adviceFor(counted, spec), report.os),
    findings: counted.map(toViewed),
    exceptedCriticals: judged
      .filter(({ counted: counts, finding }) => !counts && finding.severity === 'Critical')
      .map(({ finding }) => ({ id: finding.id, package: finding.package })),
    exceptionHits: exceptionRows(exceptions, [{ image, findings: report.findings }], now).map(
      ({ findings }) => findings,
    ),
  };
};

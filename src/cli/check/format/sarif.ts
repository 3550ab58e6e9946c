import type { Log, Notification } from 'sarif';
import { plainText } from '../../../scan/report/format/plain-text.ts';
import { CHECK_REASONS, type Checked, type CheckReason, type LocatedFinding } from '../find.ts';

const MAX_TEXT = 1000;
const text = (value: string): { text: string } => ({ text: plainText(value, MAX_TEXT) || '-' });

/** A relative reference, as GitHub matches it with the files of the repository. */
const uriOf = (file: string): string => file.toWellFormed().split(/[\\/]/).map(encodeURIComponent).join('/');

const unknownNotification = (message: string): Notification => ({
  ...{ level: 'error', descriptor: { id: 'Unknown' }, message: text(message) },
});

const REASONS = Object.keys(CHECK_REASONS) as CheckReason[];

const toResult = ({ file, line, column, reason, rule, message }: LocatedFinding) => ({
  ...{ ruleId: reason, ruleIndex: REASONS.indexOf(reason), level: 'warning' as const },
  message: text(rule === undefined ? message : `${rule}: ${message}`),
  locations: [
    {
      physicalLocation: {
        artifactLocation: { uri: uriOf(file) },
        region: { startLine: line, startColumn: column },
      },
    },
  ],
});

/** SARIF 2.1.0 with the line of each rule; what could not be checked is a notification. */
export const toSarif = ({ findings, unknowns }: Checked): string => {
  const log: Log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'Palisade',
            rules: REASONS.map((id) => ({ id, shortDescription: text(CHECK_REASONS[id]) })),
          },
        },
        automationDetails: { id: 'palisade/check/' },
        columnKind: 'utf16CodeUnits',
        invocations: [
          {
            executionSuccessful: unknowns.length === 0,
            toolExecutionNotifications: unknowns.map(unknownNotification),
          },
        ],
        results: findings.map(toResult),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
};

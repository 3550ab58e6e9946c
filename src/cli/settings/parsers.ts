import { isLabelKey, isLabelValue, isReservedLabelKey, type Labels, MAX_CHILD_LABELS } from '../../api/child-labels.ts';
import { parseReference } from '../../api/image-reference.ts';
import { parseDnsSetting } from '../../policy/sections/network/dns.ts';
import { parseEnrichmentPlace } from '../../scan/enrichment/place.ts';
import {
  defaultDatabaseRepository,
  defaultJarIndexRepository,
  parseDatabaseRepository,
  parseJarIndexRepository,
} from '../../scan/scanner/database/database-repository.ts';
import { parseDuration } from './duration.ts';
import { parseQuantity } from './quantity.ts';

// Each parser throws an Error whose message continues `--flag: ` and names the cure.

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const PREFIX = /^[a-z0-9][-a-z0-9]{0,61}\*$/;
const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9]([-a-z0-9.]*[a-z0-9])?)?$/i;

const uniqueItems = (text: string): string[] => [...new Set(text.split(',').map((item) => item.trim()))];

export const anyText = (text: string): string => text;

export const oneOf =
  <Value extends string>(...values: readonly Value[]) =>
  (text: string): Value => {
    const value = values.find((v) => v === text);
    if (value === undefined) throw new Error(`"${text}" is not one of ${values.join(', ')}`);
    return value;
  };

export const boolean = (text: string): boolean => oneOf('true', 'false')(text) === 'true';

export const integer =
  (min: number, max: number) =>
  (text: string): number => {
    const number = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
    if (!(number >= min && number <= max)) throw new Error(`"${text}" is not an integer from ${min} to ${max}`);
    return number;
  };

/** Milliseconds. @param min @param max in the form that a user writes */
export const duration = (min: string, max: string) => {
  const [least, most] = [parseDuration(min) ?? 0, parseDuration(max) ?? 0];
  return (text: string): number => {
    const ms = parseDuration(text);
    if (ms === undefined) throw new Error(`"${text}" is not a duration: use a form such as 30s, 10m or 1h30m`);
    if (ms < least || ms > most) throw new Error(`"${text}" is not between ${min} and ${max}`);
    return ms;
  };
};

/** Bytes. @param min in the form that a user writes */
export const size = (min: string) => {
  const least = parseQuantity(min) ?? 0;
  return (text: string): number => {
    const bytes = parseQuantity(text);
    if (bytes === undefined) throw new Error(`"${text}" is not a size: use a form such as 512Mi or 4Gi`);
    if (bytes < least) throw new Error(`"${text}" is less than the minimum of ${min}`);
    return bytes;
  };
};

/** @param example for the message */
export const namespaceName =
  (example: string) =>
  (text: string): string => {
    if (!DNS_LABEL.test(text)) throw new Error(`"${text}" is not a namespace name: use a name such as ${example}`);
    return text;
  };

export const namespaceNames = (text: string): string[] => {
  if (text.trim() === '') return [];
  const names = uniqueItems(text);
  const wrong = names.find((name) => !DNS_LABEL.test(name));
  if (wrong === undefined) return names;
  throw new Error(`"${wrong}" is not a namespace name: separate names with commas, as in team-a,team-b`);
};

/** Names, or prefixes that end in `*`. */
export const namespacePatterns = (text: string): string[] => {
  const patterns = uniqueItems(text);
  const wrong = patterns.find((pattern) => !DNS_LABEL.test(pattern) && !PREFIX.test(pattern));
  if (wrong === undefined) return patterns;
  throw new Error(
    `"${wrong}" is neither a namespace name nor a prefix: separate them with commas, as in kube-*,palisade-system`,
  );
};

export const httpUrl = (text: string): URL => {
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw new Error(`"${text}" is not an HTTP URL: use a form such as http://trivy.trivy-system:4954`);
  }
  return url;
};

/** `host:port`, `:port`, or `0` for none. */
export const listenAddress = (text: string): string => {
  if (text === '0') return text;
  const at = text.lastIndexOf(':');
  const port = text.slice(at + 1);
  if (at < 0 || !HOST.test(text.slice(0, at)) || !/^\d{1,5}$/.test(port) || Number(port) > 65535) {
    throw new Error(
      `"${text}" is not an address: use host:port, :port for all addresses, or 0 to disable the endpoint`,
    );
  }
  return text;
};

export const imageReference = (text: string): string => {
  if (parseReference(text) === undefined) {
    throw new Error(`"${text}" is not an image reference: use a form such as registry.example.com/palisade:0.1.0`);
  }
  return text;
};

/** For --help. */
export const ENRICHMENT_FILES =
  'EPSS and KEV: a directory with epss_scores-current.csv.gz and known_exploited_vulnerabilities.json, or an OCI artifact with these layers';

export const enrichmentFiles = {
  placeholder: 'path or artifact',
  defaultInWords: 'none',
  description: `${ENRICHMENT_FILES}; read again every --trivy-db-interval`,
  parse: (text: string): string => {
    parseEnrichmentPlace(text);
    return text;
  },
};

export const databaseRepository = (text: string): string => {
  try {
    parseDatabaseRepository(text);
  } catch {
    throw new Error(`"${text}" is not an OCI repository: use a form such as ${defaultDatabaseRepository}`);
  }
  return text;
};

export const jarIndexRepository = (text: string): string => {
  try {
    parseJarIndexRepository(text, parseDatabaseRepository(defaultDatabaseRepository));
  } catch {
    throw new Error(
      `"${text}" is not an OCI repository: use auto, off, or a form such as ${defaultJarIndexRepository}`,
    );
  }
  return text;
};

export const dnsPeers = (text: string): string => {
  parseDnsSetting(text);
  return text;
};

/** `namespace/name`. */
export const serviceName = (text: string): string => {
  const [namespace = '', name = '', ...rest] = text.split('/');
  if (rest.length > 0 || !DNS_LABEL.test(namespace) || !DNS_LABEL.test(name)) {
    throw new Error(`"${text}" is not a Service: write namespace/name, as in kube-system/kube-dns`);
  }
  return text;
};

/** `key=value,…` */
export const childLabels = (text: string): Labels => {
  if (text.trim() === '') return {};
  const labels = uniqueItems(text).map((item): [key: string, value: string] => {
    const at = item.indexOf('=');
    const [key, value] = [item.slice(0, at), item.slice(at + 1)];
    if (at < 0 || !isLabelKey(key) || !isLabelValue(value))
      throw new Error(`"${item}" is not a label: separate labels with commas, as in team=platform,cost-center=42`);
    if (isReservedLabelKey(key))
      throw new Error(
        `${key} is a label by which Palisade or a GitOps tool recognizes its own objects: use a label of your own`,
      );
    return [key, value];
  });
  const twice = labels.find(([key], i) => labels.some(([other], j) => j < i && other === key));
  if (twice !== undefined) throw new Error(`${twice[0]} has two values: give each label once`);
  if (labels.length > MAX_CHILD_LABELS) throw new Error(`${labels.length} labels: give at most ${MAX_CHILD_LABELS}`);
  return Object.fromEntries(labels);
};

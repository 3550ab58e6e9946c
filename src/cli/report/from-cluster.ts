import { setTimeout } from 'node:timers/promises';
import { REPORT_AUDIENCE, REPORT_TOKEN_HEADER } from '../../api/keys.ts';
import { SERVICE_ACCOUNTS } from '../../kube/kinds.ts';
import type { KubeClient } from '../../kube/rest/client.ts';
import { ApiError } from '../../kube/rest/errors.ts';
import { fromJsonReport } from '../../scan/report/format/from-json.ts';
import { InputError } from '../errors.ts';
import { kubernetes } from '../kubernetes.ts';
import type { ScanKey } from './scan-key.ts';
import { NoReport, type ReportSource } from './source.ts';

/** Service and port of config/manager, as the API server's proxy names them. */
const SERVICE = 'palisade:reports';
/** The shortest that the API server gives. */
const TOKEN_SECONDS = 600;
const MAX_BYTES = 256 * 2 ** 20;
const MOST_TRIES = 30;
const LONGEST_WAIT_SECONDS = 10;
const BUSY = 429;
/** The operator says it while another replica leads: the proxy picks another one each time. */
const NOT_THE_LEADER = 503;

interface ClusterOptions {
  readonly kubeconfig: string | undefined;
  /** Namespace of the operator. */
  readonly namespace: string;
  /** In the namespace of each ImageScan. */
  readonly serviceAccount: string;
}

/** A token that only the report endpoint accepts. @throws NoReport */
const requestToken = async (client: KubeClient, namespace: string, name: string): Promise<string> => {
  const spec = { audiences: [REPORT_AUDIENCE], expirationSeconds: TOKEN_SECONDS };
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec };
  try {
    const options = { namespace, name, subresource: 'token' };
    return (await client.create<{ status: { token: string } }>(SERVICE_ACCOUNTS, body, options)).status.token;
  } catch (error) {
    if (!(error instanceof ApiError) || ![403, 404].includes(error.code)) throw error;
    const cure =
      error.code === 404
        ? `an admin of the namespace creates it with kubectl apply -n ${namespace} -k config/report-reader; name another one with --service-account`
        : `ask for the ClusterRole edit in namespace ${namespace}, or pass a token with --server and --token-file`;
    throw new NoReport([`no token of ServiceAccount ${namespace}/${name}: ${error.status.message}: ${cure}`]);
  }
};

/** The operator's own answers are texts; those of the API server are Statuses with a reason. */
const isOfOperator = (error: unknown): error is ApiError => error instanceof ApiError && error.reason === '';

/** @throws NoReport, InputError */
const explain = (error: unknown): never => {
  if (!(error instanceof ApiError)) throw error;
  const { code, status } = error;
  if (isOfOperator(error)) {
    const problems = [`HTTP ${code}: ${status.message}`];
    throw code === 403 || code === 404 ? new NoReport(problems) : new InputError(problems);
  }
  throw new InputError([
    `no report through the API server: ${status.message}: check that the operator runs in the namespace of --operator-namespace and that config/rbac is applied, or use kubectl port-forward and --server`,
  ]);
};

const readThroughProxy = async (client: KubeClient, operator: string, scan: ScanKey, token: string) => {
  const path = `/namespaces/${scan.namespace}/imagescans/${scan.name}/report`;
  const options = { headers: { [REPORT_TOKEN_HEADER]: token }, query: { format: 'json' }, maxBytes: MAX_BYTES };
  for (let tries = 1; ; tries += 1) {
    try {
      return fromJsonReport(await client.serviceProxy(SERVICE, operator, path, options));
    } catch (error) {
      const waits = isOfOperator(error) && [BUSY, NOT_THE_LEADER].includes(error.code) && tries < MOST_TRIES;
      if (!waits) return explain(error);
      const seconds = error.code === BUSY ? (error.retryAfterSeconds ?? 1) : 1;
      await setTimeout(Math.min(seconds, LONGEST_WAIT_SECONDS) * 1000);
    }
  }
};

/**
 * The reports of a running operator, through the API server: no port of the cluster need be reachable, and the credentials
 * of the user, such as a client certificate, are for the API server alone. @param list the ImageScans of the cluster
 */
export const reportsOfCluster = (
  { kubeconfig, namespace, serviceAccount }: ClusterOptions,
  list: ReportSource['list'],
): ReportSource => {
  const tokens = new Map<string, string>();
  return {
    list,
    read: (scan) =>
      kubernetes(kubeconfig, async (client) => {
        const token = tokens.get(scan.namespace) ?? (await requestToken(client, scan.namespace, serviceAccount));
        tokens.set(scan.namespace, token);
        return await readThroughProxy(client, namespace, scan, token);
      }),
  };
};

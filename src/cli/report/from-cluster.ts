import { REPORT_AUDIENCE, REPORT_TOKEN_HEADER } from '../../api/keys.ts';
import { SERVICE_ACCOUNTS } from '../../kube/kinds.ts';
import type { KubeClient } from '../../kube/rest/client.ts';
import { ApiError } from '../../kube/rest/errors.ts';
import { InputError } from '../errors.ts';
import { kubernetes } from '../kubernetes.ts';
import {
  askUntilAnswered,
  DOCUMENTS,
  type DocumentKind,
  LONGEST_WAIT_SECONDS,
  MOST_BYTES,
  pathOf,
  type ReportEndpoint,
  TOO_MANY_REQUESTS,
} from './report-endpoint.ts';
import { NoReport } from './source.ts';

/** Service and port of config/manager, as the API server's proxy names them. */
const SERVICE = 'palisade:reports';
/** The shortest that the API server gives. */
const TOKEN_SECONDS = 600;
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
const explain = (error: ApiError, kind: DocumentKind): never => {
  const { code, status } = error;
  if (isOfOperator(error)) {
    const problems = [`HTTP ${code}: ${status.message}`];
    throw code === 403 || code === 404 ? new NoReport(problems) : new InputError(problems);
  }
  throw new InputError([
    `no ${DOCUMENTS[kind]} through the API server: ${status.message}: check that the operator runs in the namespace of --operator-namespace and that config/manager is applied, or use kubectl port-forward and --server; for an operator outside the cluster, pass --server with its report address, as in http://127.0.0.1:8082`,
  ]);
};

const waitOf = (answer: string | ApiError): number | undefined => {
  if (typeof answer === 'string' || !isOfOperator(answer)) return undefined;
  if (answer.code === NOT_THE_LEADER) return 1;
  if (answer.code !== TOO_MANY_REQUESTS) return undefined;
  return Math.min(answer.retryAfterSeconds ?? 1, LONGEST_WAIT_SECONDS);
};

const orApiError = (error: unknown): ApiError => {
  if (error instanceof ApiError) return error;
  throw error;
};

/**
 * The endpoint of the operator in a cluster, through the API server: no port of the cluster need be reachable, and the
 * credentials of the user, such as a client certificate, are for the API server alone.
 */
export const endpointInCluster = ({ kubeconfig, namespace, serviceAccount }: ClusterOptions): ReportEndpoint => {
  const tokens = new Map<string, string>();
  return {
    get: (scan, kind, query) =>
      kubernetes(kubeconfig, async (client) => {
        const token = tokens.get(scan.namespace) ?? (await requestToken(client, scan.namespace, serviceAccount));
        tokens.set(scan.namespace, token);
        const options = { headers: { [REPORT_TOKEN_HEADER]: token }, query, maxBytes: MOST_BYTES };
        const ask = () => client.serviceProxy(SERVICE, namespace, pathOf(scan, kind), options).catch(orApiError);
        const answer = await askUntilAnswered(ask, waitOf);
        return typeof answer === 'string' ? answer : explain(answer, kind);
      }),
  };
};

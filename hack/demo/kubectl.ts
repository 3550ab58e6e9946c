import { HttpMethod, RequestContext } from '@kubernetes/client-node';
import { fetch } from 'undici';
import type { PooledKubeConfig } from '../../src/kube/rest/kubeconfig.ts';
import { type Resource, resourceName, resourcePath } from '../../src/kube/rest/resource.ts';
import { BOUND_MS } from '../until.ts';
import { formatTable, type Table, type TableOptions } from './table.ts';

export interface GetOptions extends TableOptions {
  namespace?: string;
  /** Only the object of this name. */
  name?: string;
}

const AS_TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';

/** Prints the output of `kubectl get` without kubectl: the API server creates the tables. */
export class Kubectl {
  readonly #config: PooledKubeConfig;

  constructor(config: PooledKubeConfig) {
    this.#config = config;
  }

  async get(resource: Resource, options: GetOptions = {}): Promise<string> {
    const table = await this.#table(resource, options);
    if (table.rows.length > 0) return formatTable(table, options);
    return options.namespace === undefined
      ? 'No resources found'
      : `No resources found in ${options.namespace} namespace.`;
  }

  /** Several kinds at once, as in `kubectl get role,rolebinding`; kinds without objects are left out. */
  async getAll(resources: readonly Resource[], options: GetOptions): Promise<string> {
    const tables = await Promise.all(
      resources.map(async (resource) => ({
        table: await this.#table(resource, options),
        prefix: typePrefix(resource),
      })),
    );
    const shown = tables.filter(({ table }) => table.rows.length > 0);
    return shown.map(({ table, prefix }) => formatTable(table, { ...options, prefix })).join('\n\n');
  }

  async #table(resource: Resource, { namespace, name }: GetOptions): Promise<Table> {
    const server = this.#config.getCurrentCluster()?.server ?? '';
    const url = new URL(server.replace(/\/+$/, '') + resourcePath(resource, namespace, name));
    const context = new RequestContext(url.toString(), HttpMethod.GET);
    context.setHeaderParam('Accept', AS_TABLE);
    await this.#config.applySecurityAuthentication(context);
    const dispatcher = context.getDispatcher();
    const signal = AbortSignal.timeout(BOUND_MS);
    try {
      const response = await fetch(url, { headers: context.getHeaders(), signal, ...(dispatcher && { dispatcher }) });
      if (!response.ok) throw new Error(`GET ${url.pathname}: HTTP ${response.status} ${await response.text()}`);
      return (await response.json()) as Table;
    } catch (cause) {
      if (!signal.aborted) throw cause;
      throw new Error(`the API server did not answer GET ${url.pathname} within ${BOUND_MS / 1000} s`, { cause });
    }
  }
}

const typePrefix = (resource: Resource): string => {
  const [, ...group] = resourceName(resource).split('.');
  return `${[resource.kind.toLowerCase(), ...group].join('.')}/`;
};

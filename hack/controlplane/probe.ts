import { connect } from 'node:net';
import { Agent } from 'undici';
import type { Identity } from './certificates.ts';

/** Asks a starting control plane how far it is; errors mean "not yet". */
export class Probe {
  readonly #agent: Agent;
  readonly #origin: string;

  constructor(port: number, ca: string, user: Identity) {
    this.#origin = `https://127.0.0.1:${port}`;
    this.#agent = new Agent({
      connect: { ca, cert: user.certificate, key: user.key, timeout: 2_000 },
      headersTimeout: 5_000,
      bodyTimeout: 5_000,
    });
  }

  static socketAnswers(path: string): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect(path);
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
  }

  async ready(): Promise<boolean> {
    return (await this.#get('/readyz')) !== undefined;
  }

  /** True when the controllers did their first work: ServiceAccounts, the root CA and aggregated ClusterRoles. */
  async controllersHaveRun(): Promise<boolean> {
    const account = this.#get('/api/v1/namespaces/default/serviceaccounts/default');
    const rootCa = this.#get('/api/v1/namespaces/default/configmaps/kube-root-ca.crt');
    const roles = ['view', 'edit', 'admin'].map((name) =>
      this.#get(`/apis/rbac.authorization.k8s.io/v1/clusterroles/${name}`),
    );
    const objects = await Promise.all([account, rootCa]);
    const filled = (await Promise.all(roles)).map((text) => hasRules(text));
    return objects.every((text) => text !== undefined) && filled.every(Boolean);
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }

  async #get(path: string): Promise<string | undefined> {
    try {
      const { statusCode, body } = await this.#agent.request({ origin: this.#origin, path, method: 'GET' });
      const text = await body.text();
      return statusCode === 200 ? text : undefined;
    } catch {
      return undefined;
    }
  }
}

function hasRules(clusterRole: string | undefined): boolean {
  if (clusterRole === undefined) return false;
  const { rules } = JSON.parse(clusterRole) as { rules: unknown[] | null };
  return (rules ?? []).length > 0;
}

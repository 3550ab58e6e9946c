import type { Logger } from 'pino';
import type { Watches } from './watches.ts';

/**
 * Namespaces of --namespaces in which some objects cannot be read yet. Nothing is reconciled in them, since an object
 * that a cache lacks may exist. Other namespaces do not wait.
 */
export class UnreadNamespaces {
  readonly #unread: Set<string>;
  readonly #log: Logger;

  /** @param onRead called when everything in a namespace has been read once */
  constructor({ byNamespace }: Watches, log: Logger, onRead: (namespace: string) => void) {
    const named = [...byNamespace].flatMap(([name, reflectors]) => (name === undefined ? [] : [{ name, reflectors }]));
    this.#unread = new Set(named.map(({ name }) => name));
    this.#log = log;
    for (const { name, reflectors } of named) {
      void Promise.all(reflectors.map((r) => r.known)).then(() => {
        this.#unread.delete(name);
        onRead(name);
      });
    }
  }

  has(namespace: string): boolean {
    return this.#unread.has(namespace);
  }

  /** Logs the namespaces that cannot be read after the first lists. */
  report(): void {
    for (const namespace of this.#unread) {
      this.#log.error(
        { namespace },
        'nothing is reconciled in this namespace, because the operator may not read all of it: bind the rights of ' +
          'config/rbac there, or remove the namespace from --namespaces',
      );
    }
  }
}

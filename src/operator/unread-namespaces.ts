import type { Logger } from 'pino';
import type { Watches } from './watches.ts';

/**
 * Namespaces that were named and of which something may not be read yet. Nothing is done in them: what is missing in a
 * cache may well be there. The others do not wait for them.
 */
export class UnreadNamespaces {
  readonly #unread: Set<string>;
  readonly #log: Logger;

  /** @param onRead when everything of a namespace was read once */
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

  /** Once what may be read was read. */
  report(): void {
    for (const namespace of this.#unread) {
      this.#log.error(
        { namespace },
        'nothing is done in this namespace, not all of which may be read: bind the rights of config/rbac there, or take ' +
          'it out of --namespaces',
      );
    }
  }
}

import type { Logger } from 'pino';
import type { Clock } from '../../../kube/clock.ts';

/** Scans one image; ends soon after the signal does. @throws ScanError; anything else counts as ScannerFailed */
type ScanHandler = (key: string, signal: AbortSignal) => Promise<void>;

export interface ScanQueueOptions {
  /** How many scans run at the same time. */
  readonly limit: number;
  readonly handler: ScanHandler;
  readonly log: Logger;
  /** Must never be set: a key could wait for years. */
  readonly clock: Clock;
  /** From 0 to below 1. */
  readonly random: () => number;
  /**
   * The registries that a scan of the key would use, as in `docker.io`; none when its analysis is stored. When a registry asks
   * to wait, keys that no other registry serves wait.
   */
  readonly registriesOf: (key: string) => readonly string[];
  /** The namespaces that want the key. Namespaces with much scan time lately have a lower rank. */
  readonly namespacesOf: (key: string) => readonly string[];
  /** The name of the key in messages about a registry. */
  readonly nameOf: (key: string, registry: string) => string;
  /** How long `run` waits for running scans when it ends, milliseconds. Default 10000. */
  readonly drainMs?: number;
}

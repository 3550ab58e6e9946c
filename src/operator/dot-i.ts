import dotI, { type ResourceEvent, ResourceEventType, type ResourceMeta, ResourceMetaImpl } from '@dot-i/k8s-operator';
import type { KubernetesObject } from '@kubernetes/client-node';
import type { Logger } from 'pino';
import type { KubeObject } from '../kube/object.ts';
import type { PooledKubeConfig } from '../kube/rest/kubeconfig.ts';

/** Identifies an object; the UID distinguishes it from a later one of the same name. */
export interface ObjectIdentity {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
}

interface LifecycleHooks {
  start(): Promise<void>;
  stop(): void;
  /** Sets the finalizers of the object that are ours; others stay. */
  setFinalizers(object: ObjectIdentity, finalizers: readonly string[]): Promise<void>;
}

interface IdentifiedMeta extends ResourceMeta {
  readonly uid: string;
}

/**
 * The only file that uses @dot-i/k8s-operator.
 *
 * Used of it: the life cycle (`start` and `stop`), the finalizer protocol (`handleResourceFinalizer` decides when a
 * finalizer is added, when the clean-up runs and when the finalizer is removed) and its events (ResourceEvent).
 *
 * Not used, and therefore not overridden either: `watchResource`, which has no list and no cache, and ends the process
 * when a connection is idle; `setResourceStatus` and `patchResourceStatus`, which swallow errors;
 * `registerCustomResourceDefinition`, since the CRDs are installed with config/crd. With client-node 2 their requests
 * do not work either. src/kube takes their place; `setResourceFinalizers`, which the protocol calls, writes through it.
 */
export class DotIOperator extends dotI.default {
  readonly #hooks: LifecycleHooks;

  constructor(kubeConfig: PooledKubeConfig, hooks: LifecycleHooks, log: Logger) {
    super({
      debug: (message) => log.debug(message),
      info: (message) => log.info(message),
      warn: (message) => log.warn(message),
      error: (message) => log.error(message),
    });
    this.kubeConfig = kubeConfig;
    this.#hooks = hooks;
  }

  /** Called by `start`. */
  protected override async init(): Promise<void> {
    await this.#hooks.start();
  }

  override stop(): void {
    super.stop();
    this.#hooks.stop();
  }

  /**
   * Adds the finalizer when it is missing; cleans up and removes it when the object is being deleted.
   * @returns true when the reconcile ends here: the object is being deleted, or the finalizer was added just now
   */
  async handleFinalizer(object: KubeObject, finalizer: string, cleanUp: () => Promise<void>): Promise<boolean> {
    return await this.handleResourceFinalizer(toEvent(object), finalizer, cleanUp);
  }

  protected override async setResourceFinalizers(meta: ResourceMeta, finalizers: string[]): Promise<void> {
    await this.#hooks.setFinalizers(meta as IdentifiedMeta, finalizers);
  }
}

const toEvent = (object: KubeObject): ResourceEvent => {
  // A copy: the base class adds the finalizer to the very list that it is given. client-node's types say Date where the
  // JSON has a string; nothing here reads one.
  const copy = structuredClone(object) as object as KubernetesObject;
  const meta: IdentifiedMeta = Object.assign(ResourceMetaImpl.createWithId(object.kind, copy), {
    uid: object.metadata.uid,
  });
  return { meta, type: ResourceEventType.Modified, object: copy };
};

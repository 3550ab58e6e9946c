import { CONTAINER_SECURITY_POLICY } from '../api/group.ts';
import type { ContainerSecurityPolicy } from '../api/policy.ts';
import { type KubeObject, objectKey } from '../kube/object.ts';
import { KubeClient } from '../kube/rest/client.ts';
import { ApiError, NetworkError } from '../kube/rest/errors.ts';
import { ifExists } from '../kube/rest/if-exists.ts';
import { KubeConfigError } from '../kube/rest/kubeconfig.ts';
import { belongsTo, toCachedChild } from '../policy/children/cached-child.ts';
import { CHILD_TYPES, type Child } from '../policy/children/kinds.ts';
import { ownerReference } from '../policy/children/meta.ts';
import { describeChild } from '../policy/children/problems.ts';
import { StalledError } from '../policy/errors.ts';
import { renderChildren } from '../policy/render-children.ts';
import { enforcedSpec } from '../policy/sections/section.ts';
import { listed } from '../text/listed.ts';
import { printable } from '../text/printable.ts';
import { operatorKubeConfig } from './kubeconfig.ts';
import { printError } from './print-error.ts';

export interface AdoptOptions {
  readonly kubeconfig?: string;
  /** The policy that takes objects over. */
  readonly policy: { readonly namespace: string; readonly name: string };
  /** false: only print what would be taken over. */
  readonly yes: boolean;
}

type Print = (line: string) => void;

/** An existing object that has the name of one that the policy generates, and is not the policy's. */
interface Conflict {
  readonly child: Child;
  readonly live: KubeObject;
}

/** Names do not depend on the addresses of the cluster, which only the operator knows. */
const wantedOf = (policy: ContainerSecurityPolicy): Child[] =>
  renderChildren({ ...policy, spec: enforcedSpec(policy) }, { dnsPeers: [], apiServer: [] });

const findConflicts = async (client: KubeClient, policy: ContainerSecurityPolicy): Promise<Conflict[]> => {
  const conflicts: Conflict[] = [];
  for (const child of wantedOf(policy)) {
    const { name, namespace } = child.metadata;
    const get = client.get<KubeObject & Record<string, unknown>>(CHILD_TYPES[child.kind].resource, name, namespace);
    const live = await ifExists(get);
    if (live !== undefined && !belongsTo(toCachedChild(child.kind)(live), policy.metadata.uid))
      conflicts.push({ child, live });
  }
  return conflicts;
};

const controllerOf = ({ live }: Conflict) => live.metadata.ownerReferences?.find((o) => o.controller === true);

const describe = ({ child, live }: Conflict): string => {
  const managers = [...new Set((live.metadata.managedFields ?? []).flatMap(({ manager }) => manager ?? []))];
  const by = managers.length === 0 ? 'no field manager' : listed(managers.map((manager) => printable(manager)));
  return `${describeChild(child)}, written by ${by}`;
};

/** Only what makes it the policy's: the operator then sets the rest as the policy says. */
const takeOver = async (
  client: KubeClient,
  policy: ContainerSecurityPolicy,
  { child, live }: Conflict,
): Promise<void> => {
  const { apiVersion, kind, metadata } = child;
  const { resource, fieldManager } = CHILD_TYPES[kind];
  // With the UID, an object that is gone by now is not created.
  const mark = { ...metadata, uid: live.metadata.uid, ownerReferences: [ownerReference(policy.metadata)] };
  await client.apply(resource, { apiVersion, kind, metadata: mark }, { fieldManager, force: true });
};

const adoptAll = async (client: KubeClient, { policy: key, yes }: AdoptOptions, print: Print): Promise<number> => {
  const policy = await ifExists(
    client.get<ContainerSecurityPolicy>(CONTAINER_SECURITY_POLICY, key.name, key.namespace),
  );
  const what = `ContainerSecurityPolicy ${objectKey({ metadata: key })}`;
  if (policy === undefined || policy.metadata.deletionTimestamp !== undefined) {
    print(`${what} ${policy === undefined ? 'does not exist' : 'is being deleted'}: nothing can be taken over`);
    return 1;
  }
  const conflicts = await findConflicts(client, policy);
  const foreign = conflicts.filter((conflict) => controllerOf(conflict) !== undefined);
  const free = conflicts.filter((conflict) => !foreign.includes(conflict));
  for (const conflict of free) {
    print(`${yes ? 'taking over' : 'would take over'} ${describe(conflict)}`);
    if (yes) await takeOver(client, policy, conflict);
  }
  for (const conflict of foreign) {
    const { kind, name } = controllerOf(conflict) ?? {};
    print(
      `${describeChild(conflict.child)} is controlled by ${kind} ${name}, and is not taken over: delete or rename it`,
    );
  }
  if (conflicts.length === 0) print(`${what} has no name conflict: nothing to take over`);
  else if (free.length > 0)
    print(
      yes
        ? `${what} controls these objects now: the operator changes them to what the policy says`
        : 'nothing was changed: add --yes to take over; the operator then changes them to what the policy says',
    );
  return foreign.length === 0 ? 0 : 1;
};

/**
 * Makes a policy the owner of objects that have the names of those that it generates, as after a restore from a backup
 * without owners and field managers. The operator itself never does that: its account may not.
 * @returns the exit status: 0 when no conflict is left, or none would be; 1 when one is; 2 for an unusable kubeconfig
 */
export const adopt = async (options: AdoptOptions, print: Print): Promise<number> => {
  try {
    const kubeConfig = operatorKubeConfig(options.kubeconfig);
    try {
      return await adoptAll(new KubeClient(kubeConfig, { userAgent: 'palisade-adopt' }), options, print);
    } finally {
      await kubeConfig.close();
    }
  } catch (error) {
    const isExpected = [KubeConfigError, ApiError, NetworkError, StalledError].some((type) => error instanceof type);
    if (!isExpected) throw error;
    printError(error as Error);
    return error instanceof KubeConfigError ? 2 : 1;
  }
};

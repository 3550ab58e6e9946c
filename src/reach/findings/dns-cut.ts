import { workloadName } from '../naming.ts';
import type { Traffic } from '../ports.ts';
import { serviceTargets } from '../service.ts';
import type { Endpoint } from '../verdict.ts';
import { isLive, type ReachPod } from '../world.ts';
import type { Finding } from './finding.ts';
import type { Scene } from './scene.ts';

const DNS: Traffic = { port: 53, protocol: 'UDP' };
/** Some address: ports with numbers are the same for all. */
const ADDRESS = { address: 0n, isNode: false };
const NAMESPACES = new Set(['kube-system', 'openshift-dns']);

/** The endpoints of the cluster's DNS Services. */
const dnsTargets = (scene: Scene): { to: Endpoint; traffic: Traffic }[] =>
  scene
    .servicesIn(NAMESPACES)
    .filter(({ ports }) => ports.some(({ port, protocol }) => port === DNS.port && protocol === DNS.protocol))
    .flatMap((service) => serviceTargets(service, DNS, scene.reach.world).targets);

/** Whether some rule of the pod's policies has the port, to whomever. */
const hasPort = ({ reach }: Scene, pod: ReachPod): boolean =>
  reach
    .isolating(reach.classOf(pod), 'Egress')
    .some(({ rules }) => rules.some(({ ports }) => ports(DNS, reach.classOf(pod)) !== false));

/** A resolver of the node, or the address of the DNS Service, is no endpoint of it. */
const hasAddress = ({ reach }: Scene, pod: ReachPod): boolean =>
  reach
    .isolating(reach.classOf(pod), 'Egress')
    .some(({ policy, rules }) =>
      rules.some(
        ({ ref: { index }, ports }) =>
          ports(DNS, ADDRESS) !== false &&
          policy.spec.egress?.[index]?.to?.some(({ ipBlock }) => ipBlock !== undefined),
      ),
    );

const isCut = (scene: Scene, pod: ReachPod, targets: ReturnType<typeof dnsTargets>): boolean =>
  targets.length === 0
    ? !hasPort(scene, pod)
    : !hasAddress(scene, pod) &&
      targets.every(({ to, traffic }) => scene.reach.verdict(pod, to, traffic).egress.state === 'Denied');

/** Pods of a policy without allow.dns that no other rule lets resolve names. */
export const dnsCut = (scene: Scene): Finding[] => {
  const { allow, isolate = ['Egress'] } = scene.policy.network;
  if (allow?.dns !== false || !isolate.includes('Egress')) return [];
  const targets = dnsTargets(scene);
  const cut = scene.isolated.filter((pod) => isLive(pod) && isCut(scene, pod, targets)).map(workloadName);
  const [first, ...others] = [...new Set(cut)].sort();
  if (first === undefined) return [];
  const pods = others.length === 0 ? first : `${first} and ${others.length} more`;
  const message = `${pods} cannot resolve names, because allow.dns is false: set allow.dns: true, unless they connect to addresses only`;
  return [{ reason: 'DnsCut', message }];
};

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type { LabelSelector } from 'kubernetes-types/meta/v1.js';
import type { NetworkPolicySpec } from 'kubernetes-types/networking/v1.js';
import { BinaryCache } from '../binaries/cache.ts';
import { reachSource } from './source.ts';

type Labels = Readonly<Record<string, string>>;

/** A pod with its namespace, or an address alone. */
export interface OraclePeer {
  readonly ip: string;
  readonly namespace?: string;
  readonly namespaceLabels?: Labels;
  readonly labels?: Labels;
}

export interface OracleTraffic {
  readonly from: OraclePeer;
  readonly to: OraclePeer;
  readonly port: number;
  /** That the destination gives this port. */
  readonly names: readonly string[];
  readonly protocol: string;
}

interface OraclePolicy {
  readonly metadata: { readonly namespace: string; readonly name: string };
  readonly spec: NetworkPolicySpec;
}

export interface OracleWorld {
  readonly policies: readonly OraclePolicy[];
  readonly traffic: readonly OracleTraffic[];
}

async function ask<Answer>(questions: readonly object[]): Promise<Answer[]> {
  const { reach } = await new BinaryCache('Cyclonus', 'reach', [reachSource]).binaries();
  const child = spawn(reach, { stdio: ['pipe', 'pipe', 'inherit'] });
  const exit = once(child, 'exit');
  Readable.from(questions.map((question) => `${JSON.stringify(question)}\n`)).pipe(child.stdin);
  const answers: Answer[] = [];
  for await (const line of createInterface(child.stdout)) answers.push(JSON.parse(line) as Answer);
  const [status] = await exit;
  if (status !== 0 || answers.length !== questions.length)
    throw new Error(`${reach} ended with ${status} after ${answers.length} of ${questions.length} answers`);
  return answers;
}

/** Whether Cyclonus allows each connection: for each world and each of its traffic, at both ends. */
export const askCyclonus = (worlds: readonly OracleWorld[]): Promise<[egress: boolean, ingress: boolean][][]> =>
  ask(worlds);

/** Whether the API machinery of Kubernetes selects each set of labels. */
export const askSelectors = (
  questions: readonly { readonly selector: LabelSelector; readonly labels: readonly Labels[] }[],
): Promise<boolean[][]> => ask(questions);

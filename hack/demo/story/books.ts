import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CONTAINER_SECURITY_POLICY } from '../../../src/api/group.ts';
import { KINDS } from '../../kinds.ts';
import { until } from '../../until.ts';
import { palisade } from '../palisade.ts';
import type { Screen } from '../screen.ts';
import type { Stage } from '../stage.ts';

/** The namespace of samples/books. */
export const NAMESPACE = 'books';
const POLICY = 'books';
const FILES = 'samples/books';
/** Of its workloads. */
const PODS = 4;

/** A command of the CLI, as the user writes it, with its output. */
const shown = async (screen: Screen, args: readonly string[], flags: readonly string[] = []) => {
  const { stdout, status } = await palisade([...args, ...flags]);
  screen.prose(`npm run --silent palisade -- ${args.join(' ')}`, stdout);
  return { stdout, status };
};

const cluster = (stage: Stage): string[] => ['--kubeconfig', stage.cluster.kubeconfig];

const FIXES = ['write 3000', 'write app: api', 'add a rule to its allow.ingress'];

/** Waits until the status is about the present pods. */
const warned = (stage: Stage) =>
  until('the policy has its warnings', async () => {
    const { status } = await stage.policy(NAMESPACE, POLICY);
    const messages = (status?.preview?.warnings ?? []).map(
      ({ rule, message }) => `- ${rule ? `${rule}: ` : ''}${message}`,
    );
    const wouldLose = status?.preview?.wouldLose ?? [];
    const isComplete = FIXES.every((fix) => messages.some((message) => message.includes(fix))) && wouldLose.length > 0;
    return isComplete ? { messages, wouldLose } : undefined;
  });

export async function misfit(stage: Stage, screen: Screen): Promise<void> {
  screen.heading('A policy that does not fit warns before it cuts');
  await stage.applyFile(`${FILES}/app.yaml`);
  await until('the pods exist', async () => (await stage.list(KINDS.Pod, NAMESPACE)).length === PODS);
  screen.command(`kubectl apply --server-side -f ${FILES}/wrong.yaml`, await stage.applyFile(`${FILES}/wrong.yaml`));
  const { messages, wouldLose } = await warned(stage);
  const read = `kubectl get csp -n ${NAMESPACE} ${POLICY} -o yaml | yq`;
  screen.prose(`${read} '.status.preview.warnings[] | .rule + ": " + .message'`, messages.join('\n'));
  screen.check(
    'mode Audit cuts nothing, and each mistake has a warning with its fix',
    (await stage.list(KINDS.NetworkPolicy, NAMESPACE)).length === 0,
  );
  screen.prose(`${read} '.status.preview.wouldLose[]'`, wouldLose.map((sentence) => `- ${sentence}`).join('\n'));
  screen.check(
    'status.preview.wouldLose says which clients would lose which ports',
    wouldLose.some((sentence) => sentence.includes('web') && sentence.includes('3000')),
  );
}

export async function why(stage: Stage, screen: Screen): Promise<void> {
  screen.heading('Why a connection is denied, and what a change means');
  const question = ['can', 'deploy/web.books', 'api.books:80'];
  const answer = await shown(screen, [...question, '-f', `${FILES}/wrong.yaml`, '--cluster'], cluster(stage));
  screen.check(
    'can follows the Service to the port of the pods, and names the rules at both ends',
    answer.status === 1 && answer.stdout.includes('Ingress: denied') && answer.stdout.includes('at 80/TCP only'),
  );
  const change = await shown(screen, ['diff', '-f', `${FILES}/policy.yaml`], cluster(stage));
  screen.check(
    'diff states the change of objects and the change of connections',
    change.status === 1 && change.stdout.includes('books'),
  );
}

export async function fitting(stage: Stage, screen: Screen): Promise<void> {
  screen.heading('The right policy, the expectations of the team, and a picture');
  screen.command(`kubectl apply --server-side -f ${FILES}/policy.yaml`, await stage.applyFile(`${FILES}/policy.yaml`));
  await stage.condition(NAMESPACE, POLICY, 'Ready', 'True', 'InForce');
  await until('no warning is left', async () => (await stage.policy(NAMESPACE, POLICY)).status?.warnings === undefined);
  const table = await stage.kubectl.get(CONTAINER_SECURITY_POLICY, { namespace: NAMESPACE });
  screen.command(`kubectl get csp -n ${NAMESPACE}`, table);
  screen.check('it is in force, without warnings', table.includes('InForce'));

  const tested = await shown(screen, ['test', `${FILES}/test.yaml`], cluster(stage));
  screen.check('every expectation of test.yaml holds in the cluster', tested.status === 0);

  const picture = await palisade(['graph', '-n', NAMESPACE, '-o', 'html', ...cluster(stage)]);
  const file = join(stage.directory, 'books.html');
  await writeFile(file, picture.stdout);
  screen.command(`npm run --silent palisade -- graph -n ${NAMESPACE} -o html > ${file}`);
  const drawn = await shown(screen, ['graph', '-n', NAMESPACE, '-o', 'mermaid'], cluster(stage));
  screen.check(
    'the picture has the three workloads and their connections',
    ['web', 'api', 'db'].every((name) => drawn.stdout.includes(`["${name}<br/>`)) && picture.stdout.includes('<svg'),
  );
}

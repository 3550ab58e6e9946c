import { findCluster } from './controlplane/cluster.ts';
import { say } from './controlplane/progress.ts';

const stopAsked = new Promise<void>((resolve) => {
  process.once('SIGINT', () => resolve());
  process.once('SIGTERM', () => resolve());
});
// A pending promise alone does not keep Node running.
const alive = setInterval(() => {}, 60_000);

try {
  const cluster = await Promise.race([findCluster(), stopAsked]);
  if (cluster !== undefined) {
    process.stdout.write(`export KUBECONFIG=${cluster.kubeconfig}\n`);
    say('The cluster runs until Ctrl-C. In another terminal, paste the line above.');
    await stopAsked;
    await cluster.stop();
  }
  process.exit(0);
} catch (error) {
  say((error as Error).message);
  process.exitCode = 1;
} finally {
  clearInterval(alive);
}

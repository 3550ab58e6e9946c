/** How long `run` keeps a processor busy, milliseconds: other processes do not count. */
export const cpuTime = (run: () => void): number => {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
};

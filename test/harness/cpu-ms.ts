/** CPU time of this process so far, in ms: a bound on it holds on a busy machine too, where the clock runs on. */
export const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

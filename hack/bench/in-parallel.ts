/** Works on everything, on `lanes` at the same time, in this order. */
export const inParallel = async <T>(
  items: readonly T[],
  lanes: number,
  work: (item: T, i: number) => Promise<void>,
): Promise<void> => {
  const entries = items.entries();
  const lane = async () => {
    for (const [i, item] of entries) await work(item, i);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
};

/** Polls until `condition` gives something that is not undefined or false. @throws when that does not happen within `ms` */
export const until = async <T>(what: string, condition: () => Promise<T> | T, ms = 15_000): Promise<NonNullable<T>> => {
  const end = Date.now() + ms;
  for (;;) {
    const result = await condition();
    if (result !== undefined && result !== null && result !== false) return result as NonNullable<T>;
    if (Date.now() > end) throw new Error(`not within ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

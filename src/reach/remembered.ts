/** The value of a key, made when it is asked for first. */
export const remembered = <Key, Value>(known: Map<Key, Value>, key: Key, make: () => Value): Value => {
  const found = known.get(key) ?? make();
  known.set(key, found);
  return found;
};

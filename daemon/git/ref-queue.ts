/** Requests for one ref take their turn in the order they came; different refs do not wait for each other. */
export interface RefQueue {
  readonly run: <T>(repo: string, refs: readonly string[], work: () => Promise<T>) => Promise<T>;
}

export function createRefQueue(): RefQueue {
  const tails = new Map<string, Promise<unknown>>();
  return {
    run: (repo, refs, work) => {
      const keys = refs.map((ref) => `${repo} ${ref}`);
      const turn = Promise.all(keys.flatMap((key) => tails.get(key) ?? []));
      const result = turn.then(work);
      const tail = result
        .catch(() => undefined)
        .then(() => {
          for (const key of keys) if (tails.get(key) === tail) tails.delete(key);
        });
      for (const key of keys) tails.set(key, tail);
      return result;
    },
  };
}

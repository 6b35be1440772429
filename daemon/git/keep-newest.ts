/** Puts an entry last in a map that serves as a cache, and drops the ones that were put there longest ago. */
export function keepNewest<K, V>(cache: Map<K, V>, key: K, value: V, most: number): void {
  cache.delete(key);
  cache.set(key, value);
  for (const oldest of cache.keys()) {
    if (cache.size <= most) break;
    cache.delete(oldest);
  }
}

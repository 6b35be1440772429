/** Draws how many agents of a request are ready, from the daemon's events; it never affects the request itself. */
import type { CommandContext } from './command';
import { parseEvent } from './describe-event';

/** The answer comes after all of them; on a terminal the user sees one after the other arrive. */
export async function watchCreation<T>(
  ids: readonly string[],
  { daemon, output }: CommandContext,
  request: () => Promise<T>,
): Promise<T> {
  if (!output.progress.isVisible) return request();
  const settled = new Set<string>();
  const show = (): void => {
    const percent = (100 * settled.size) / ids.length;
    output.progress.show({ stage: 'creating agents', percent, message: `${settled.size} of ${ids.length}` });
  };
  const onEvent = (_method: string, params: unknown): boolean => {
    const { agent, data } = parseEvent(params);
    const isSettled = data['status'] === 'ready' || data['status'] === 'error';
    if (agent === null || !ids.includes(agent) || !isSettled) return false;
    settled.add(agent);
    show();
    return settled.size === ids.length;
  };
  show();
  // Whatever ends the connection also ends the request, which reports it.
  daemon.listen(['events.event'], onEvent).catch(() => undefined);
  await daemon.call('events.subscribe', { topics: ['agents'] });
  return request();
}

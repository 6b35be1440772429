/** One event as a line for people. */
import type { GitisoEvent } from '../../shared/records';
import { escapeLine } from './escape-text';
import type { Style } from './style';

/** `2025-01-01T10:00:00.000Z  commits  w1  demo  ref=refs/heads/agent/w1 …` */
export function describeEvent(event: GitisoEvent, style: Style): string {
  const { topic, time, agent, repo, data } = event;
  const facts = Object.entries(data).map(([key, value]) => `${key}=${describeValue(value)}`);
  const cells = [
    style.paint('dim', escapeLine(time)),
    style.paint(topic === 'denials' ? 'red' : 'cyan', escapeLine(topic).padEnd('denials'.length)),
    escapeLine(agent ?? '-'),
    escapeLine(repo ?? '-'),
    escapeLine(facts.join(' ')),
  ];
  return `${cells.join('  ').trimEnd()}\n`;
}

/** The daemon's own notification; what is missing in it is shown as empty rather than refused. */
export function parseEvent(params: unknown): GitisoEvent {
  const event = (params ?? {}) as Partial<GitisoEvent>;
  return {
    topic: event.topic ?? 'refs',
    time: event.time ?? '',
    agent: event.agent ?? null,
    repo: event.repo ?? null,
    data: event.data ?? {},
  };
}

function describeValue(value: unknown): string {
  const isWord = typeof value === 'string' && /^[^\s"]+$/.test(value);
  const text = isWord ? value : JSON.stringify(value);
  return text.replace(/\b([0-9a-f]{12})[0-9a-f]{28}\b/g, '$1');
}

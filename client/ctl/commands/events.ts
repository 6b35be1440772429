/** `gitisoctl events`: prints events as they happen; the daemon keeps none, so there is nothing to list. */
import { defineCommand } from '../command';
import { describeEvent, parseEvent } from '../describe-event';
import { eventTopics } from '../event-topics';
import { omitUndefined } from '../omit-undefined';
import { flag, oneOf, optional, repeatable } from '../option';
import { wholeNumber } from '../quantities';
import { UsageError } from '../usage-error';

export const command = defineCommand({
  words: ['events'],
  summary: 'print events as they happen: agents, commits, refs, denials',
  details:
    'With --json, one JSON object per line. Events are not stored: only what happens from now on is seen.',
  positionals: {},
  options: {
    follow: flag('go on until interrupted (the default without --count)'),
    count: optional('COUNT', 'end after so many events', 'none', wholeNumber(1)),
    topic: repeatable('TOPIC', `one of ${eventTopics.join(', ')}`, eventTopics, oneOf(eventTopics)),
    repo: optional('REPO', 'only events of this repository', 'repo'),
    agent: optional('ID', 'only events of this agent', 'agent'),
  },
  prints: 'answer',
  run: async ({ follow, count, topic, repo, agent }, { daemon, output }) => {
    if (follow && count !== undefined) throw new UsageError('--follow and --count exclude each other');
    const topics = topic.length === 0 ? undefined : [...new Set(topic)];
    let seen = 0;
    // What comes in one piece with the last event that is wanted is not printed.
    const stream = daemon.listen(['events.event', 'events.dropped'], (method, params) => {
      if (seen === count) return true;
      if (method === 'events.dropped') {
        output.note('warning', `events were lost: ${JSON.stringify(params)}`);
        return false;
      }
      if (output.isJson) output.json(params, 'line');
      else output.text(describeEvent(parseEvent(params), output.style));
      seen += 1;
      return seen === count;
    });
    await Promise.all([stream, daemon.call('events.subscribe', omitUndefined({ topics, repo, agent }))]);
    return 0;
  },
});

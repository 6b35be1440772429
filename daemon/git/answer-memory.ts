/** The answers of finished requests by idempotency key, so that a retry gets the first one. Bounded per agent. */
import type { CommitResult } from './commit-engine';

export interface AnswerMemory {
  readonly get: (agent: string, key: string) => CommitResult | undefined;
  readonly set: (agent: string, key: string, result: CommitResult) => void;
}

/** A retry comes within seconds; so many commits of one agent in that time would be a flood. */
const perAgent = 200;

export function createAnswerMemory(): AnswerMemory {
  const agents = new Map<string, Map<string, CommitResult>>();
  return {
    get: (agent, key) => agents.get(agent)?.get(key),
    set: (agent, key, result) => {
      const answers = agents.get(agent) ?? new Map<string, CommitResult>();
      agents.set(agent, answers);
      answers.set(key, result);
      const oldest = answers.keys().next();
      if (answers.size > perAgent && oldest.done !== true) answers.delete(oldest.value);
    },
  };
}

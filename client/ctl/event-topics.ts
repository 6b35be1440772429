/** The topics of events, again: the schema's list can not be imported without loading the schema library. */
import type { GitisoEvent } from '../../shared/records';

type Topic = GitisoEvent['topic'];

/** The compiler refuses a topic that does not exist, and a missing one. */
const known: Readonly<Record<Topic, true>> = { agents: true, commits: true, refs: true, denials: true };

export const eventTopics: readonly Topic[] = Object.keys(known) as Topic[];

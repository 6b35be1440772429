/** Hidden: what the completion scripts call. Silent when the daemon is down, and never slow. */
import { isAgentId } from '../../../shared/ids';
import { defineCommand, type Daemon } from '../command';
import { completeWords, type Candidate, type Lookup } from '../complete-words';
import { joinBashWords } from '../completion-scripts';
import { escapeLine } from '../escape-text';
import { one, verbatim } from '../option';

/** A person waits for the list; more than this is worse than no list. */
const deadlineMs = 700;

export const command = defineCommand({
  words: ['__complete'],
  summary: 'list what may stand at the cursor',
  positionals: {
    shell: one('SHELL', 'which shell asks'),
    words: verbatim('WORD', 'the words up to the cursor', 'immediate'),
  },
  options: {},
  prints: 'raw',
  run: async ({ shell, words }, { catalogue, daemonAt, output }) => {
    const joined = shell === 'bash' ? joinBashWords(words) : { words, kept: '' };
    const before = joined.words.slice(0, -1);
    const current = joined.words.at(-1) ?? '';
    const daemon = daemonAt(findSocketFlag(before));
    const { directive, candidates } = await completeWords(catalogue, before, current, lookUpIds(daemon));
    const lines = candidates.map(
      ({ value, summary }) => `${value.slice(joined.kept.length)}\t${escapeLine(summary)}`,
    );
    output.text([directive, ...lines].map((line) => `${line}\n`).join(''));
    return 0;
  },
});

function findSocketFlag(words: readonly string[]): string | undefined {
  const index = words.findLastIndex((word) => word === '--socket' || word.startsWith('--socket='));
  const word = words[index];
  return word === '--socket' ? words[index + 1] : word?.slice('--socket='.length);
}

function lookUpIds(daemon: Daemon): Lookup {
  return async (kind) => {
    const signal = AbortSignal.timeout(deadlineMs);
    try {
      const found = kind === 'agent' ? await listAgents(daemon, signal) : await listRepos(daemon, signal);
      // What is offered is put on a command line: only what has the form of an id.
      return found.filter(({ value }) => isAgentId(value));
    } catch {
      return [];
    }
  };
}

async function listAgents(daemon: Daemon, signal: AbortSignal): Promise<readonly Candidate[]> {
  const { agents } = await daemon.call('agent.list', {}, { signal });
  return agents.map(({ id, repo, status }) => ({ value: id, summary: `${status} on ${repo}` }));
}

async function listRepos(daemon: Daemon, signal: AbortSignal): Promise<readonly Candidate[]> {
  const { repos } = await daemon.call('repo.list', {}, { signal });
  return repos.map(({ id }) => ({ value: id, summary: 'repository' }));
}

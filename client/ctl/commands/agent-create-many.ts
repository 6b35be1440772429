/** `gitisoctl agent create-many`: agents from a JSON list or by counting, each succeeding or failing by itself. */
import type { ResultOf } from '../../../shared/contract';
import type { Methods } from '../../../shared/methods';
import { agentOptions, toAgentOptions, type AgentOptions } from '../agent-options';
import { defineCommand } from '../command';
import { exitOfReason } from '../explain-error';
import { omitUndefined } from '../omit-undefined';
import { maybe, optional } from '../option';
import { wholeNumber } from '../quantities';
import { parseJson, readInput } from '../read-input';
import { paintStatus, type Style } from '../style';
import { renderTable } from '../table';
import { UsageError } from '../usage-error';
import { watchCreation } from '../watch-creation';

type Results = ResultOf<Methods['agent.createMany']>['results'];

/** As in the method's schema. */
const mostAgents = 256;

export const command = defineCommand({
  words: ['agent', 'create-many'],
  summary: 'create agents concurrently; each succeeds or fails by itself',
  details:
    'Either FILE (- is standard input) holds a JSON list of objects as agent.create takes them, or --repo, --prefix\n' +
    'and --count make PREFIX1, PREFIX2 and so on. Options apply to every entry of FILE that does not say otherwise.\n' +
    'The exit code is 0 when all were created, else that of the first failure.',
  positionals: { file: maybe('FILE', 'JSON list of agents, - for standard input', 'file') },
  options: {
    repo: optional('REPO', 'repository to work on', 'repo'),
    prefix: optional('PREFIX', 'what the ids begin with, before their number'),
    count: optional('COUNT', 'how many agents', 'none', wholeNumber(1, mostAgents)),
    ...agentOptions,
  },
  prints: 'answer',
  run: async (values, context) => {
    const { daemon, output, terminal } = context;
    const { file, repo, prefix, count } = values;
    const common = { ...omitUndefined({ repo }), ...toAgentOptions(values, terminal.cwd()) };
    let agents: AgentOptions[];
    if (file !== undefined) {
      if (prefix !== undefined || count !== undefined) {
        throw new UsageError('FILE and --prefix, --count exclude each other');
      }
      agents = parseAgentList(await readInput(file, terminal), common);
    } else if (repo !== undefined && prefix !== undefined && count !== undefined) {
      agents = Array.from({ length: count }, (_, index) => ({
        ...common,
        repo,
        id: `${prefix}${index + 1}`,
      }));
    } else {
      throw new UsageError('give FILE, or all of --repo, --prefix and --count');
    }
    const ids = agents.map(({ id }) => id);
    const result = await watchCreation(ids, context, () => daemon.call('agent.createMany', { agents }));
    output.answer(result, ({ results }, style) => describeResults(results, style));
    const failure = result.results.find(({ error }) => error !== null)?.error;
    return failure ? exitOfReason(failure.reason) : 0;
  },
});

/** The daemon checks each entry against its schema; here only that they are objects in a list. */
function parseAgentList(text: string, common: Partial<AgentOptions>): AgentOptions[] {
  const value = parseJson(text, 'the list of agents');
  const isObject = (entry: unknown): boolean =>
    typeof entry === 'object' && entry !== null && !Array.isArray(entry);
  if (!Array.isArray(value) || value.length === 0 || !value.every(isObject)) {
    throw new UsageError(
      'the list of agents is not a JSON array of objects',
      '[{"id":"w1","repo":"demo"}, …]',
    );
  }
  return value.map((entry: Partial<AgentOptions>) => ({ ...common, ...entry }) as AgentOptions);
}

function describeResults(results: Results, style: Style): string {
  return renderTable(
    [
      { header: 'AGENT', value: ({ id }) => id },
      { header: 'STATUS', value: ({ agent }) => agent?.status ?? 'failed', paint: paintStatus },
      { header: 'BRANCH', value: ({ agent }) => agent?.branch ?? '' },
      { header: 'BASE', value: ({ agent }) => agent?.base.commit.slice(0, 12) ?? '' },
      { header: 'BEHIND', value: ({ agent }) => String(agent?.base.behind ?? '-'), align: 'right' },
      { header: 'NOTE', value: describeNote },
    ],
    results,
    style,
  );
}

function describeNote({ agent, created, error }: Results[number]): string {
  if (error !== null) return `${error.message} (${error.hint})`;
  return created ? (agent?.hostDirectory ?? '') : 'existed already';
}

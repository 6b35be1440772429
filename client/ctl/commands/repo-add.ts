/** `gitisoctl repo add`: registers a clone or a URL, with a progress bar while it is copied. */
import { defineCommand } from '../command';
import { describeRepo } from '../describe-repo';
import { resolveLocation } from '../location';
import { omitUndefined } from '../omit-undefined';
import { flag, one, optional, repeatable } from '../option';
import { wholeNumber } from '../quantities';
import { UsageError } from '../usage-error';

export const command = defineCommand({
  words: ['repo', 'add'],
  summary: 'register a repository from a local clone or a URL',
  details:
    "A local clone is never mounted, and nothing in it changes but this: agents' branches appear in it, unless\n" +
    '--no-publish is given. Write ./a:b for a relative path with a colon, which would be read as host:path.',
  positionals: { location: one('LOCATION', 'path of a clone, or URL', 'directory') },
  options: {
    id: optional('ID', 'id of the repository (default: from its location)'),
    depth: optional('COUNT', 'shallow copy of so many commits (URLs only)', 'none', wholeNumber(1)),
    singleBranch: optional('BRANCH', 'fetch this branch alone (URLs only)'),
    publish: flag("show agents' branches in the user's clone (the default for a path)"),
    noPublish: flag("keep agents' branches out of the user's clone"),
    protect: repeatable('GLOB', 'branch that no agent may move', 'none', (text) => text),
    privateAgents: flag("hide agents' branches and objects from each other"),
    noPrivateAgents: flag('let agents see each other, whatever policy.privateAgents says'),
    ensure: flag('take the existing repository of this location instead of failing'),
  },
  prints: 'answer',
  run: async (values, { daemon, output, terminal }) => {
    if (values.publish && values.noPublish)
      throw new UsageError('--publish and --no-publish exclude each other');
    if (values.privateAgents && values.noPrivateAgents)
      throw new UsageError('--private-agents and --no-private-agents exclude each other');
    const isVisibilityChosen = values.privateAgents || values.noPrivateAgents;
    const isPublishChosen = values.publish || values.noPublish;
    output.progress.show({ stage: 'adding', percent: null, message: values.location });
    const repo = await daemon.call(
      'repo.add',
      omitUndefined({
        location: resolveLocation(values.location, terminal.cwd()),
        id: values.id,
        depth: values.depth,
        singleBranch: values.singleBranch,
        publish: isPublishChosen ? values.publish : undefined,
        protectedBranches: values.protect.length === 0 ? undefined : [...values.protect],
        privateAgents: isVisibilityChosen ? values.privateAgents : undefined,
        ensure: values.ensure || undefined,
      }),
      { onProgress: output.progress.show },
    );
    return output.answer(repo, describeRepo);
  },
});

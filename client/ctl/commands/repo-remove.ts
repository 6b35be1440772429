/** `gitisoctl repo remove`. */
import { defineCommand } from '../command';
import { flag, one } from '../option';

export const command = defineCommand({
  words: ['repo', 'remove'],
  summary: "forget a repository and delete the daemon's copy; the user's clone and the remote stay",
  positionals: { id: one('REPO', 'id of the repository', 'repo') },
  options: { force: flag('also when snapshots or unpublished commits would be lost') },
  prints: 'answer',
  run: async ({ id, force }, { daemon, output }) => {
    const result = await daemon.call('repo.remove', force ? { id, force } : { id });
    return output.answer(result, ({ removed }) => (removed ? `removed ${id}\n` : `${id} was not there\n`));
  },
});

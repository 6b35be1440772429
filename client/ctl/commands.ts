/** THE list of commands, one line each; the file of a command is loaded only when it is needed. */
/* eslint-disable @typescript-eslint/no-require-imports, @typescript-eslint/no-unsafe-return --
   import() would load Node's other module system, several milliseconds that every call would pay. */
import type { Catalogue } from './find-command';

/** In the order of the help page. */
export const commands: Catalogue = [
  { words: ['repo', 'add'], load: () => require('./commands/repo-add') },
  { words: ['repo', 'list'], load: () => require('./commands/repo-list') },
  { words: ['repo', 'show'], load: () => require('./commands/repo-show') },
  { words: ['repo', 'fetch'], load: () => require('./commands/repo-fetch') },
  { words: ['repo', 'remove'], load: () => require('./commands/repo-remove') },
  { words: ['agent', 'create'], load: () => require('./commands/agent-create') },
  { words: ['agent', 'create-many'], load: () => require('./commands/agent-create-many') },
  { words: ['agent', 'list'], load: () => require('./commands/agent-list') },
  { words: ['agent', 'show'], load: () => require('./commands/agent-show') },
  { words: ['agent', 'start'], load: () => require('./commands/agent-start') },
  { words: ['agent', 'stop'], load: () => require('./commands/agent-stop') },
  { words: ['agent', 'remove'], load: () => require('./commands/agent-remove') },
  { words: ['agent', 'restore'], load: () => require('./commands/agent-restore') },
  { words: ['agent', 'exec'], load: () => require('./commands/agent-exec') },
  { words: ['agent', 'git'], load: () => require('./commands/agent-git') },
  { words: ['agent', 'logs'], load: () => require('./commands/agent-logs') },
  { words: ['agent', 'stats'], load: () => require('./commands/agent-stats') },
  { words: ['commit', 'log'], load: () => require('./commands/commit-log') },
  { words: ['audit', 'tail'], load: () => require('./commands/audit-tail') },
  { words: ['audit', 'verify'], load: () => require('./commands/audit-verify') },
  { words: ['events'], load: () => require('./commands/events') },
  { words: ['status'], load: () => require('./commands/status') },
  { words: ['doctor'], load: () => require('./commands/doctor') },
  { words: ['shutdown'], load: () => require('./commands/shutdown') },
  { words: ['call'], load: () => require('./commands/call') },
  { words: ['discover'], load: () => require('./commands/discover') },
  { words: ['completion'], load: () => require('./commands/completion') },
  { words: ['help'], load: () => require('./commands/help') },
  // Called by the completion scripts only.
  { words: ['__complete'], load: () => require('./commands/complete'), isHidden: true },
];

/**
 * Pure: the git configuration an agent finds in its container. It belongs to the agent from then on; the host never
 * reads it back. It must never hold a credential.
 */
import type { Identity } from '../../shared/records';

export interface AgentGitConfig {
  readonly author: Identity;
  readonly committer: Identity;
  /** Where push and fetch go, without credentials, or null. */
  readonly remote: string | null;
}

export function agentGitConfig(config: AgentGitConfig): string {
  const { author, committer, remote } = config;
  const same = author.name === committer.name && author.email === committer.email;
  return [
    section('core', {
      repositoryformatversion: '0',
      filemode: 'true',
      bare: 'false',
      logallrefupdates: 'true',
    }),
    section('user', author),
    ...(same ? [] : [section('author', author), section('committer', committer)]),
    // Only the daemon maintains repositories; what the agent's git would repack is not its own.
    section('gc', { auto: '0', packRefs: 'false' }),
    section('maintenance', { auto: 'false' }),
    ...(remote === null
      ? []
      : [
          section('remote "origin"', { url: remote, fetch: '+refs/heads/*:refs/remotes/origin/*' }),
          // The branch is new at the remote: a plain `git push` makes it there.
          section('push', { autoSetupRemote: 'true' }),
        ]),
  ].join('');
}

function section(header: string, values: Readonly<Record<string, string>>): string {
  const lines = Object.entries(values).map(([name, value]) => `\t${name} = ${quote(value)}\n`);
  return `[${header}]\n${lines.join('')}`;
}

/** Values with anything but harmless characters are quoted: `#` and `;` would begin a comment. */
function quote(value: string): string {
  if (/[\x00-\x1f\x7f]/.test(value)) throw new Error('a control character in a git configuration value');
  return /^[A-Za-z0-9_./:@+*-]+$/.test(value) ? value : `"${escape(value)}"`;
}

function escape(text: string): string {
  return text.replace(/[\\"]/g, (character) => `\\${character}`);
}

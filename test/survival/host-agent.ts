/**
 * An agent as far as the daemon can tell, without a container: the real shim, built for a folder, the image's git, a
 * workspace as the daemon provisions it, and the agent's own socket.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { agentGitConfig } from '../../daemon/agents/git-config';
import { recordOf } from '../integration/daemon/agents/agent-record';
import { must, run } from './run';
import { installShim, type ShimTemplate } from './shim-for';
import type { WorkingAgent } from './working-agent';

const who = { name: 'Agent', email: 'agent@example.invalid' };

/** While no daemon runs: the record goes straight to the state directory. The repository `r` must be there. */
export async function makeHostAgent(
  root: string,
  state: string,
  id: string,
  shim: ShimTemplate,
): Promise<WorkingAgent> {
  const folder = join(root, id);
  const gitiso = join(folder, 'gitiso');
  const workspace = join(folder, 'workspace');
  const gitdir = join(workspace, '.git');
  const shared = join(state, 'repos', 'r.git');
  mkdirSync(join(gitiso, 'etc'), { recursive: true });
  installShim(shim, join(gitiso, 'bin'), folder);
  const record = recordOf(id, { author: who, committer: who });
  const place = join(state, 'agents', id);
  for (const name of ['run', 'workspace/.git', 'host-gitdir'])
    mkdirSync(join(place, name), { recursive: true });
  writeFileSync(join(place, 'agent.json'), JSON.stringify(record));
  symlinkSync(join(place, 'run'), join(gitiso, 'run'));
  symlinkSync(shared, join(gitiso, 'shared'));
  writeFileSync(join(gitiso, 'etc', 'remotes'), 'gitiso::r\n');
  writeFileSync(join(gitiso, 'etc', 'branch'), `${record.ref}\n`);
  mkdirSync(join(folder, 'home'));

  for (const name of ['hooks', 'info', 'objects/info', 'objects/pack', 'refs/heads', 'refs/tags'])
    mkdirSync(join(gitdir, name), { recursive: true });
  writeFileSync(join(gitdir, 'objects/info/alternates'), `${join(gitiso, 'shared', 'objects')}\n`);
  writeFileSync(join(gitdir, 'config'), agentGitConfig({ author: who, committer: who, remote: 'gitiso::r' }));
  writeFileSync(join(gitdir, 'HEAD'), `ref: ${record.ref}\n`);
  const env = { PATH: `${join(gitiso, 'bin')}:/usr/bin:/bin`, HOME: join(folder, 'home'), LC_ALL: 'C' };
  execFileSync('/usr/bin/git', [`--git-dir=${shared}`, 'update-ref', record.ref, 'refs/heads/main']);
  execFileSync(join(gitiso, 'bin', 'git'), ['version'], { env, cwd: workspace });
  await must('/usr/bin/git', ['reset', '-q', '--hard'], { cwd: workspace, env });
  return {
    id,
    ref: record.ref,
    workspace,
    git: (argv, input = '') => run(join(gitiso, 'bin', 'git'), argv, { cwd: workspace, env, input }),
    look: (argv) => must(join(gitiso, 'bin', 'git'), argv, { cwd: workspace, env }),
  };
}

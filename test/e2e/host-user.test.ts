/**
 * What the user on the host may do in a workspace: status, log, diff and a prompt, with everything an agent can put
 * there. Every program that the agent's files name leaves a trace when it is executed.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RpcClient } from '../../client/rpc-client';
import { addRepo, createAgent, inAgent, inAgentOk } from '../helpers/agents';
import { startDaemon, type TestDaemon } from '../helpers/daemon';
import { git } from '../helpers/git';
import { makeRepo } from '../helpers/repo';
import { tempDir } from '../helpers/temp-dir';

const prompt = '/usr/lib/git-core/git-sh-prompt';

let daemon: TestDaemon;
let client: RpcClient;
let workspace: string;
/** Made by whatever is executed; on the host, so that only a program of the host can make it. */
let trace: string;

beforeAll(async () => {
  const source = await makeRepo();
  const other = await makeRepo();
  const commit = await git(other, ['rev-parse', 'HEAD']);
  await git(source, ['update-index', '--add', '--cacheinfo', `160000,${commit},sub`]);
  await git(source, ['commit', '-qm', 'a submodule']);
  trace = join(tempDir(), 'executed');
  daemon = await startDaemon({ config: { policy: { gitlinks: 'allow' } } });
  client = await daemon.connect();
  await addRepo(client, source);
  await createAgent(client, 'a');
  workspace = join(daemon.stateDirectory, 'agents/a/workspace');
  const evil = `touch ${trace}; false`;
  await inAgentOk(
    client,
    'a',
    `set -e
    poison() {
      git -C "$1" config core.fsmonitor '${evil}'; git -C "$1" config core.sshCommand '${evil}'
      git -C "$1" config core.hooksPath "$PWD/hooks"; git -C "$1" config diff.external '${evil}'
      git -C "$1" config core.pager '${evil}'; git -C "$1" config filter.evil.clean '${evil}'
      git -C "$1" config filter.evil.process '${evil}'; git -C "$1" config diff.evil.textconv '${evil}'
    }
    mkdir -p hooks sub nested
    for hook in post-index-change post-checkout pre-commit fsmonitor-watchman; do
      printf '#!/bin/sh\\n${evil}\\n' > hooks/$hook; chmod +x hooks/$hook
    done
    for repo in sub nested; do git init -q $repo; git -C $repo -c user.name=x -c user.email=x@x commit -q --allow-empty -m x; poison $repo; done
    printf '[submodule "x"]\\n\\tpath = sub\\n\\turl = ./y\\n\\tignore = none\\n\\tupdate = !${evil}\\n' > .gitmodules
    printf '* filter=evil diff=evil merge=evil\\n' > .gitattributes
    mkdir file && printf 'gitdir: ../nested/.git\\n' > file/.git
    git init -q --bare lookalike && poison lookalike
    mkdir -p objects refs && echo 'ref: refs/heads/x' > HEAD && printf '[core]\\n\\tfsmonitor = ${evil}\\n\\tworktree = /\\n' > config
    echo changed >> dir-0/file-0.txt
    git add .gitmodules .gitattributes dir-0; git commit -qnm poison
    poison .
    echo again >> dir-0/file-0.txt`,
  );
});

/** As the user who owns the workspace: with settings of the user's own, but nothing that makes the agent's safe. */
function onHost(command: string): string {
  const { uid, gid } = lstatSync(workspace);
  const home = tempDir();
  const result = spawnSync('bash', ['-c', command], {
    cwd: workspace,
    encoding: 'utf8',
    ...(process.getuid?.() === 0 ? { uid, gid } : {}),
    env: { PATH: process.env['PATH'] ?? '', HOME: home, GIT_CONFIG_NOSYSTEM: '1', TRACE: trace },
  });
  return `${result.stdout}${result.stderr}`;
}

test.each([
  'git status',
  'git status --porcelain=v2 --branch --ignored --untracked-files=all',
  'git log -3 --stat',
  'git log -p --all',
  'git diff',
  'git diff --cached',
  'git diff HEAD --submodule=log',
  'git describe --always --dirty',
  'git branch -a -vv',
  'git stash list',
  'git blame -- dir-0/file-0.txt',
  'git show',
  'git ls-files -o -m --exclude-standard',
])('%s executes nothing of the agent', (command) => {
  // A user may have named a folder of each project for hooks: the daemon's settings of the repository win.
  const output = onHost(`git config --global core.hooksPath hooks; ${command} | cat`);
  expect(output).not.toMatch(/dubious ownership|not a git repository/);
  expect(existsSync(trace)).toBe(false);
});

test('a prompt with all of git in it executes nothing of the agent', () => {
  expect(existsSync(prompt)).toBe(true);
  const shows =
    'GIT_PS1_SHOWDIRTYSTATE=1 GIT_PS1_SHOWSTASHSTATE=1 GIT_PS1_SHOWUNTRACKEDFILES=1 GIT_PS1_SHOWUPSTREAM=auto';
  expect(onHost(`. ${prompt}; ${shows}; __git_ps1`)).toMatch(/agent\/a/);
  expect(existsSync(trace)).toBe(false);
});

test('the trap works: git in the submodule folder itself executes it', () => {
  onHost('git -C sub status');
  expect(existsSync(trace)).toBe(true);
  execFileSync('rm', [trace]);
});

test("the host's .git is out of the agent's reach and stays as the daemon made it", async () => {
  const before = look();
  for (const attempt of [
    'mv /workspace/.git /workspace/x',
    'rm -rf /workspace/.git',
    'umount /workspace/.git',
    'unshare -Urm umount /workspace/.git',
    'unshare -Urm sh -c "mkdir /tmp/m && mount --bind /workspace /tmp/m && echo evil > /tmp/m/.git/config"',
    'ln -sfn /tmp /workspace/.git',
  ])
    await inAgent(client, 'a', attempt);
  expect(look()).toEqual(before);
});

function look(): Readonly<Record<string, string>> {
  const folder = join(workspace, '.git');
  return Object.fromEntries(
    readdirSync(folder).map((name) => {
      const path = join(folder, name);
      return [name, lstatSync(path).isFile() ? readFileSync(path, 'utf8') : String(lstatSync(path).mode)];
    }),
  );
}

/** Nothing of an agent's is executed on the host, nor by its user who looks around there (docs/threats.md, HX; FS-21 and DL). */
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tryGit } from '../helpers/git';
import { tempDir } from '../helpers/temp-dir';
import { attacker, attackSuite, ownRef, type AttackStage } from './harness/attack-stage';

const suite = attackSuite({ config: { policy: { gitlinks: 'allow' } } });
const attack = (id: string, what: string, body: (stage: AttackStage) => Promise<void>) =>
  suite.attack(id, what, body, { refs: new RegExp(`^${ownRef}$`) });

/** A program that would leave a mark on the host, where containers can not write. */
function trap(): { readonly command: string; readonly isSprung: () => boolean } {
  const mark = join(tempDir(), 'sprung');
  return { command: `touch ${mark}`, isSprung: () => existsSync(mark) };
}

function workspace(stage: AttackStage): string {
  return join(stage.daemon.stateDirectory, 'agents', attacker, 'workspace');
}

/** What a user of the host does there: git, a prompt, an editor. */
async function lookAround(stage: AttackStage): Promise<void> {
  const folder = workspace(stage);
  for (const argv of [
    ['status'],
    ['status', '--porcelain=v2', '--branch'],
    ['log', '-p', '-2'],
    ['diff'],
    ['diff', 'HEAD'],
    ['branch', '-a'],
    ['rev-parse', '--show-toplevel'],
    ['ls-files'],
    ['describe', '--all', '--dirty'],
    ['diff-index', 'HEAD'],
  ])
    await tryGit(folder, argv, { env: { GIT_OPTIONAL_LOCKS: '0' } });
}

suite.attack(
  'HX-02',
  'hooks of an agent run in its container only',
  async (stage) => {
    const { command, isSprung } = trap();
    const hooks = 'pre-commit post-commit post-checkout post-index-change update pre-receive post-receive';
    await stage.shell.ok(
      `mkdir -p .git/hooks nested; git init -q nested; for hook in ${hooks}; do for d in .git/hooks nested/.git/hooks; do printf '#!/bin/sh\\ntouch /tmp/ran-a-hook; ${command}; exit 0\\n' > $d/$hook; chmod +x $d/$hook; done; done`,
    );
    await stage.shell.run('git commit --allow-empty -m hooked; git push -q origin HEAD:topic');
    await lookAround(stage);
    await stage.client.call('repo.fetch', { id: 'r' });
    expect(isSprung()).toBe(false);
    // They were hooks indeed.
    await stage.shell.ok('rm /tmp/ran-a-hook');
    await stage.shell.ok(`rm -rf nested; for hook in ${hooks}; do rm -f .git/hooks/$hook; done`);
  },
  { refs: new RegExp(`^(${ownRef}|refs/heads/topic|refs/remotes/origin/.*)$`), state: /^(repos|mirrors)\// },
);

attack('HX-03', 'attributes name filters and drivers, also such as the operator has', async (stage) => {
  const { command, isSprung } = trap();
  const drivers = [
    'filter.evil.clean',
    'filter.evil.smudge',
    'filter.evil.process',
    'diff.evil.textconv',
    'diff.evil.command',
    'merge.evil.driver',
  ];
  await stage.shell.run(
    `${drivers.map((key) => `git config ${key} '${command}'`).join('; ')}; echo '* filter=evil diff=evil merge=evil' > .gitattributes; git add .gitattributes; git commit -m attributes; echo x >> dir-0/file-0.txt`,
  );
  await lookAround(stage);
  expect(isSprung()).toBe(false);
  await stage.shell.run(
    `${drivers.map((key) => `git config --unset ${key}`).join('; ')}; rm .gitattributes; git reset -q --hard main`,
  );
});

attack('HX-04', 'nested repositories with a configuration that runs programs', async (stage) => {
  const { command, isSprung } = trap();
  await stage.shell.run(
    `for d in nested dir-0/nested bare; do git init -q $d; git -C $d config core.fsmonitor '${command}'; git -C $d config core.pager '${command}'; git -C $d config core.sshCommand '${command}'; git -C $d config alias.status '!${command}'; done; printf '[core]\\nfsmonitor = ${command}\\n' > .gitconfig; mkdir -p refs objects; echo 'ref: refs/heads/x' > HEAD; printf '[core]\\nbare = true\\nfsmonitor = ${command}\\n' > config`,
  );
  await lookAround(stage);
  expect(isSprung()).toBe(false);
  await stage.shell.run('rm -rf nested dir-0/nested bare .gitconfig refs objects HEAD config');
});

attack('HX-06', 'the folder of a submodule is a repository that runs programs', async (stage) => {
  const { command, isSprung } = trap();
  await stage.shell.run(
    `git init -q sub; git -C sub -c user.name=x -c user.email=x@x commit -q --allow-empty -m x; printf '[submodule "sub"]\\npath = sub\\nurl = ./sub\\nupdate = !${command}\\nignore = none\\n' > .gitmodules; git add .gitmodules sub; git commit -q -m sub; git -C sub config core.fsmonitor '${command}'; git -C sub config core.hooksPath /workspace/sub; echo changed > sub/changed`,
  );
  expect(await stage.shared('ls-tree', ownRef, 'sub')).toMatch(/^160000/);
  // The host's index of the workspace follows a little later.
  const listed = () => tryGit(workspace(stage), ['ls-files', '-s', 'sub']);
  for (let round = 0; round < 100 && (await listed()).stdout === ''; round += 1)
    await new Promise((resolve) => setTimeout(resolve, 100));
  expect((await listed()).stdout).toMatch(/^160000/);
  await lookAround(stage);
  expect(isSprung()).toBe(false);
  await stage.shell.run('git reset -q --hard main; rm -rf sub .gitmodules');
});

attack('HX-07', 'links in the workspace lead a check-out nowhere on the host', async (stage) => {
  const target = join(stage.host, 'secret');
  const before = readFileSync(target, 'utf8');
  await stage.shell.run(
    `rm -rf dir-0; ln -s ${stage.host} dir-0; git checkout -f main -- dir-0; git reset --hard main; git stash; git checkout -q main; git checkout -q agent/${attacker}`,
  );
  expect(readFileSync(target, 'utf8')).toBe(before);
});

attack('HX-08', 'what an operator asks for starts no pager and no program of an agent’s', async (stage) => {
  const { command, isSprung } = trap();
  await stage.shell.run(
    `git config core.pager '${command}'; git config diff.external '${command}'; git commit -q --allow-empty -m paged`,
  );
  await stage.client.call('commit.log', { repo: 'r' });
  await stage.client.call('agent.stats', { id: attacker });
  await stage.client.call('audit.tail', {});
  expect(isSprung()).toBe(false);
  await stage.shell.ok('git config --unset core.pager; git config --unset diff.external');
});

attack('HX-10', 'a git in the container that lies is data, no path and no command', async (stage) => {
  const lies = [
    "printf '../../../etc/passwd\\0'",
    'yes /etc/shadow | head -c 100000000',
    'exit 255',
    'kill -9 $$',
  ];
  for (const lie of lies) {
    await stage.shell.ok(
      `printf '#!/bin/sh\\n${lie.replaceAll("'", "'\\''").replaceAll('\\', '\\\\').replaceAll('%', '%%')}\\n' > /tmp/liar; chmod +x /tmp/liar; cp /usr/bin/git /tmp/honest 2>/dev/null; cat /tmp/liar > /usr/bin/git`,
    );
    await stage.client.call('agent.stats', { id: attacker }).catch(() => null);
    await stage.client.call('agent.remove', { id: attacker }).catch((error: unknown) =>
      expect(error).toMatchObject({
        code: expect.stringMatching(/agent-has-work|agent-not-ready|limit-exceeded|invalid-object/),
      }),
    );
    await stage.shell.ok('cat /tmp/honest > /usr/bin/git');
  }
  await stage.client.call('agent.show', { id: attacker });
});

attack('FS-21', 'the place of .git is a link when the container starts again', async (stage) => {
  const place = join(workspace(stage), '.git');
  await stage.client.call('agent.stop', { id: attacker });
  const kept = join(tempDir(), 'dot-git');
  mkdirSync(kept);
  await tryGit('/', ['--version']);
  rmSync(place, { recursive: true });
  symlinkSync(stage.host, place);
  await expect(stage.client.call('agent.start', { id: attacker })).rejects.toMatchObject({
    code: 'runtime-failed',
  });
  rmSync(place);
  await stage.client.call('agent.start', { id: attacker });
  await stage.renew();
  writeFileSync(join(kept, 'done'), '');
  await stage.shell.ok('git status');
});

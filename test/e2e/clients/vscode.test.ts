/** VS Code's git extension: its command lines, in its environment, print what they print in a plain clone. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { clientsImage, docker } from '../../helpers/docker-socket';
import { tempDir } from '../../helpers/temp-dir';
import { clientEnvironment, makeClientsRemote, openWorkbench } from './workbench';

const session = 'sh /programs/vscode.sh';

/** The session in a clone without gitiso, in a container of the same image. */
async function inPlainClone(): Promise<string> {
  const remote = await makeClientsRemote();
  const prepare = `cd /workspace && git clone -q file:///srv/origin . && git checkout -q --no-track -b agent/a
    git config user.name a && git config user.email a@agents.gitiso.invalid && git symbolic-ref refs/remotes/origin/HEAD refs/remotes/origin/main
    rm -f .git/hooks/*`;
  const environment = Object.entries(clientEnvironment).flatMap(([name, value]) => [
    '-e',
    `${name}=${value}`,
  ]);
  const workspace = tempDir();
  const mounts = [
    '-v',
    `${remote}:/srv/origin`,
    '-v',
    `${workspace}:/workspace`,
    '-v',
    `${join(__dirname, 'programs')}:/programs:ro`,
  ];
  const user = `${String(process.getuid?.() ?? 0)}:${String(process.getgid?.() ?? 0)}`;
  const output = await docker(
    ...[
      'run',
      '--rm',
      '--init',
      '--network',
      'none',
      '-u',
      user,
      '-e',
      'HOME=/tmp',
      ...environment,
      ...mounts,
    ],
    ...[clientsImage, 'sh', '-c', `${prepare}\n${session}`],
  );
  rmSync(workspace, { recursive: true });
  return output;
}

/** Each command line with what it printed. */
function steps(output: string): readonly string[] {
  return output.trimEnd().split(/^(?=\$ git )/m);
}

test('a session is the same in a workspace and in a plain clone, and all of it reaches the daemon', async () => {
  const bench = await openWorkbench({ policy: { committer: 'any' } });
  const [plain, managed] = await Promise.all([inPlainClone(), bench.ok(session)]);
  const url = await bench.ok('git config remote.origin.url');
  expect(steps(managed.replaceAll(url, 'file:///srv/origin'))).toEqual(steps(plain));
  expect(steps(plain).length).toBeGreaterThan(40);

  expect(await bench.hostBranch('renamed')).toBe(await bench.ok('git rev-parse renamed'));
  expect(await bench.hostBranch('new-branch')).toBeNull();
  expect(await bench.hostBranch('agent/a')).toBe(await bench.ok('git rev-parse HEAD'));
  await bench.check();
});

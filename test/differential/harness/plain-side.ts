/**
 * The side that is taken for right: a plain clone at /workspace in a container of the same image, with the same rights,
 * environment and configuration as an agent's, but without gitiso. One container serves all scenarios in turn.
 */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { agentGitConfig } from '../../../daemon/agents/git-config';
import { baseImage, docker, dockerSocket, removeContainer } from '../../helpers/docker-socket';
import { tempDir } from '../../helpers/temp-dir';
import { agentBranch, identity, recordingCommand, sideEnvironment, type Side } from './side';

const remoteUrl = 'file:///srv/origin';

export interface PlainSide extends Side {
  readonly close: () => Promise<void>;
}

export async function startPlainSide(fixture: string): Promise<PlainSide> {
  const folder = tempDir();
  const workspace = join(folder, 'workspace');
  const remote = join(folder, 'srv', 'origin');
  for (const name of ['workspace', 'srv', 'home']) mkdirSync(join(folder, name));
  const container = await startContainer(folder);
  const close = () => removeContainer(container);
  const open: Side['open'] = async () => {
    for (const name of readdirSync(workspace)) rmSync(join(workspace, name), { recursive: true });
    rmSync(remote, { recursive: true, force: true });
    cpSync(fixture, remote, { recursive: true });
    const result = await execute(container, ['sh', '-c', prepareClone]);
    if (result.length > 0) throw new Error(`the plain clone was not made: ${result.toString()}`);
    return {
      remote,
      remoteUrl,
      run: (script) => execute(container, recordingCommand(script)),
      restart: async () => {
        await docker('restart', '--time', '0', container);
      },
      hostRefs: () => Promise.resolve(null),
    };
  };
  return { open, close };
}

/** What gitiso promises of a new workspace: a clone with the agent's branch checked out. Prints what goes wrong. */
const prepareClone = [
  'exec 2>&1',
  'find /tmp -mindepth 1 -delete',
  'cd /workspace',
  `git clone -q --template= ${remoteUrl} .`,
  `git checkout -q --no-track -b ${agentBranch}`,
  'rm -r .git/logs && mkdir -p .git/hooks .git/info',
  `cat >.git/config <<'END'`,
  agentGitConfig({ author: identity, committer: identity, remote: remoteUrl }) + 'END',
].join('\n');

async function startContainer(folder: string): Promise<string> {
  const root = process.getuid?.() === 0;
  const home = root ? [] : ['-v', `${folder}/home:/home/agent`, '-e', 'HOME=/home/agent'];
  const environment = Object.entries(sideEnvironment).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
  const output = await docker(
    ...[
      'run',
      '-d',
      '--init',
      '--network',
      'none',
      '--cap-drop',
      'ALL',
      '--security-opt',
      'no-new-privileges',
    ],
    ...['-u', `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`, '-w', '/workspace'],
    ...['-v', `${folder}/workspace:/workspace`, '-v', `${folder}/srv:/srv`],
    ...home,
    ...environment,
    baseImage,
    ...['sleep', 'infinity'],
  );
  return output.trim();
}

function execute(container: string, argv: readonly string[]): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    execFile(
      'docker',
      ['-H', `unix://${dockerSocket()}`, 'exec', container, ...argv],
      { encoding: 'buffer', maxBuffer: 256 * 1024 * 1024 },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(new Error(`in the plain clone: ${stderr.toString()}`, { cause: error }));
      },
    );
  });
}

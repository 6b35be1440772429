/** Runs one scenario on one side and gathers what came of it. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { git, gitEnvironment } from '../../helpers/git';
import { tempDir } from '../../helpers/temp-dir';
import { readFiles, readRecords, type Records } from './records';
import type { Scenario } from './scenario';
import { scriptsOf, type Interlude } from './script';
import type { SideWorkspace } from './side';

export interface ScenarioRun {
  readonly records: Records;
  /** Branches and tags as git in the workspace tells them in the end. */
  readonly refs: string;
  /** The same as the host sees them, null: there is no other view. */
  readonly hostRefs: string | null;
  /** Refs of the remote in the end. */
  readonly remoteRefs: string;
  /** What was said besides the steps: the shell's complaints about the scenario. */
  readonly noise: string;
}

export async function runScenario(scenario: Scenario, workspace: SideWorkspace): Promise<ScenarioRun> {
  const archives: Buffer[] = [];
  let noise = '';
  for (const { script, interlude } of scriptsOf(scenario.steps)) {
    const archive = await workspace.run(script);
    archives.push(archive);
    noise += readFiles([archive]).get('script.out') ?? '';
    if (interlude !== null) await runInterlude(interlude, workspace);
  }
  const files = readFiles(archives);
  return {
    records: readRecords(files, normalizer(workspace.remoteUrl, files.get('hostname')?.trim() ?? '')),
    refs: (files.get('last.refs') ?? '').trim(),
    hostRefs: await workspace.hostRefs(),
    remoteRefs: await git(workspace.remote, ['for-each-ref']),
    noise,
  };
}

/** The remote's URL as if it were the same, and what no two runs have in common: hosts, times, temporary names. */
function normalizer(remoteUrl: string, hostname: string): (text: string) => string {
  return (text) =>
    text
      .replaceAll(remoteUrl, 'file:///remote')
      .replaceAll(hostname, 'hostname')
      // filter-branch tells its progress in steps that depend on the time.
      .replaceAll(
        /(\rRewrite [0-9a-f]{40} \(\d+\/\d+\) \(\d+ seconds passed, remaining \d+ predicted\) *)+/g,
        'Rewrite …',
      )
      .replaceAll(
        /Rewrite [0-9a-f]{40} \(\d+\/\d+\) \(\d+ seconds passed, remaining \d+ predicted\)/g,
        'Rewrite …',
      )
      .replaceAll(/fast_import_crash_\d+/g, 'fast_import_crash')
      .replaceAll(/^.*(fast-import process: |parent process {5}: | {4}at 20).*$/gm, '')
      .replaceAll(/\.git_vtag_tmp\w+|\.merge_file_\w+/g, 'temporary');
}

async function runInterlude(interlude: Interlude, workspace: SideWorkspace): Promise<void> {
  if (interlude.kind === 'restart') await workspace.restart();
  else await runAtRemote(interlude.command, workspace.remote);
}

/** In a clone of somebody else's, with REMOTE as the path of the repository itself. */
async function runAtRemote(command: string, remote: string): Promise<void> {
  const clone = join(tempDir(), 'clone');
  await git('/', ['clone', '--quiet', '--', remote, clone]);
  await promisify(execFile)('sh', ['-ec', command], {
    cwd: clone,
    env: { ...gitEnvironment, REMOTE: remote },
  });
}

/** The daemon's repositories: whether they can be opened, whether refs point at something, locks, and foreign settings. */
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GitRunOptions } from '../git/host-git';
import { repositoryConfig, writeHead } from '../repos/bare-repository';
import { localLimits } from '../repos/git-refs';
import type { DamagedRepo } from '../repos/load-repos';
import type { RepoRecord } from '../repos/repo-registry';
import { shapeProblem } from '../repos/repository-shape';
import { lockFindings } from './find-locks';
import { lostRefs } from './lost-refs';
import type { Check, Diagnosis, Patient } from './patient';

const fsckTimeoutMs = 3_600_000;

export const checkRepositories: Check = {
  name: 'repositories',
  look: async (patient) => {
    const findings = patient.repos.damaged.map((damaged) => damagedRepository(patient, damaged));
    for (const record of patient.repos.records) {
      const problem = await shapeProblem(record.directory);
      if (problem !== null) {
        findings.push(damagedRepository(patient, { id: record.id, record, copy: null, problem }));
        continue;
      }
      findings.push(...(await settings(record)), ...(await lockFindings(patient, record.directory)));
      findings.push(...(await refs(patient, record)), ...(await lostRefs(patient, record)));
      if (patient.isDeep) findings.push(...(await fsck(patient, record)));
    }
    return findings;
  },
};

function damagedRepository(patient: Patient, damaged: DamagedRepo): Diagnosis {
  const { layout, hands } = patient;
  const { id, problem, record, copy } = damaged;
  const base = { id: 'repo-damaged', severity: 'error' as const, where: layout.repoGit(id) };
  const what = `repository ${id} can not be used: ${problem}`;
  if (copy !== null) {
    return {
      ...base,
      where: layout.repoRecord(id),
      what,
      advice: 'the second copy of its record is whole: --fix puts that in its place',
      mend: async () => {
        await hands.putRepo(copy);
        return 'the record is that of its second copy';
      },
    };
  }
  const again =
    'restore it from a copy; agents and their work trees are untouched. docs/recovery.md, "A repository"';
  if (record === null || !/HEAD|refs/.test(problem) || record.defaultBranch === 'HEAD')
    return { ...base, what, advice: again };
  return {
    ...base,
    what,
    advice: '--fix makes HEAD and the empty folders of refs again; branches that were lost are told then',
    mend: async () => {
      for (const folder of ['refs', 'refs/heads', 'refs/tags'])
        await mkdir(join(record.directory, folder), { recursive: true, mode: 0o755 });
      if (/HEAD/.test((await shapeProblem(record.directory)) ?? ''))
        await writeHead(record.directory, `ref: refs/heads/${record.defaultBranch}`);
      const left = await shapeProblem(record.directory);
      if (left !== null) return `a part of it; still: ${left}`;
      await hands.putRepo(record);
      return 'HEAD and the folders of refs are there again';
    },
  };
}

/** git and libgit2 on the host obey these settings, so only the daemon's own may be there. */
async function settings({ directory, id }: RepoRecord): Promise<readonly Diagnosis[]> {
  const path = join(directory, 'config');
  const found = await readFile(path, 'utf8').catch(() => null);
  if (found === repositoryConfig) return [];
  return [
    {
      id: 'repo-config',
      severity: 'warning',
      where: path,
      what: found === null ? 'the settings are gone' : 'it holds settings that the daemon did not write',
      advice: 'git on the host obeys them: look who wrote them; --fix puts them aside and writes its own',
      mend: async () => {
        const aside = `${directory.replace(/\.git$/, '')}.config.foreign`;
        if (found !== null) await copyFile(path, aside);
        await writeFile(path, repositoryConfig, { mode: 0o644 });
        return found === null ? `the settings of ${id} were written again` : `put aside as ${aside}`;
      },
    },
  ];
}

async function refs({ git }: Patient, record: RepoRecord): Promise<readonly Diagnosis[]> {
  const place: GitRunOptions = { gitDir: record.directory, ...localLimits };
  const listed = await git.run(['for-each-ref', '--format=%(objectname) %(refname)'], place);
  const lines = listed.stdout
    .toString('latin1')
    .split('\n')
    .filter((line) => line !== '');
  const findings: Diagnosis[] = listed.stderr
    .split('\n')
    .filter((line) => /broken ref|bad ref|fatal/i.test(line))
    .map((line) => brokenRef(record, line));
  const asked = await git.run(['cat-file', '--batch-check=%(objectname) %(objecttype)'], {
    ...place,
    stdin: lines.map((line) => `${line.slice(0, 40)}\n`).join(''),
  });
  const answers = asked.stdout.toString('latin1').split('\n');
  for (const [index, line] of lines.entries()) {
    if (/ (commit|tag|tree|blob)$/.test(answers[index] ?? '')) continue;
    findings.push(
      brokenRef(record, `${line.slice(41)} points at ${line.slice(0, 12)}, which can not be read`),
    );
  }
  return findings;
}

function brokenRef(record: RepoRecord, what: string): Diagnosis {
  return {
    id: 'repo-ref',
    severity: 'error',
    where: record.directory,
    what,
    advice:
      'bring the objects back: gitisoctl repo fetch, or copy them from a clone or an agent that has them; docs/recovery.md',
  };
}

async function fsck({ git, signal }: Patient, record: RepoRecord): Promise<readonly Diagnosis[]> {
  const result = await git.run(['fsck', '--full', '--no-dangling', '--no-progress'], {
    gitDir: record.directory,
    timeoutMs: fsckTimeoutMs,
    outputLimitBytes: localLimits.outputLimitBytes,
    signal,
  });
  if (result.exitCode === 0) return [];
  const lines = `${result.stderr}\n${result.stdout.toString('utf8')}`
    .split('\n')
    .filter((line) => line !== '');
  return [
    {
      id: 'repo-fsck',
      severity: 'error',
      where: record.directory,
      what: `git fsck: ${lines.slice(0, 5).join('; ')}${lines.length > 5 ? `; and ${String(lines.length - 5)} more` : ''}`,
      advice:
        'bring the objects back: copy them from a clone or an agent that has them, or restore a copy; docs/recovery.md',
    },
  ];
}

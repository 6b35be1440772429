/**
 * The agents' records, folders and sockets. It looks at names in the agent's own folder, which is the daemon's, and
 * at what is mounted read-only; never into anything that the agent can write.
 */
import { lstat, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { AgentRecord } from '../agents/agent-registry';
import type { DamagedAgent } from '../agents/load-agents';
import { provisionMounts } from '../agents/provision-mounts';
import { agentRemote } from '../remote/agent-remote';
import { remotesFile } from '../remote/remotes-file';
import { generatedFiles } from '../runtime/mounts';
import type { Check, Diagnosis, Patient } from './patient';

export const checkAgents: Check = {
  name: 'agents',
  look: async (patient) => {
    const { agents } = patient;
    const findings = agents.damaged.map((damaged) => damagedRecord(patient, damaged));
    for (const record of agents.records) {
      if (record.status === 'creating') continue;
      findings.push(...state(patient, record), ...(await folders(patient, record)));
      findings.push(...(await generated(patient, record)), ...(await socket(patient, record)));
    }
    return [...findings, ...(await orphans(patient))];
  },
};

function damagedRecord({ hands }: Patient, damaged: DamagedAgent): Diagnosis {
  const { id, path, problem, copy, isRemoved } = damaged;
  return {
    id: 'agent-record',
    severity: 'error',
    where: path,
    what: `the record of ${isRemoved ? 'removed ' : ''}agent ${id} is damaged: ${problem}`,
    advice:
      copy === null
        ? `nothing of the agent was deleted; restore the file from a copy, or move ${path} and what is beside it away`
        : 'its second copy is whole: --fix puts that in its place',
    ...(copy === null
      ? {}
      : {
          mend: async () => {
            await hands.putAgent(copy);
            return 'the record is that of its second copy';
          },
        }),
  };
}

function state({ repos }: Patient, record: AgentRecord): readonly Diagnosis[] {
  const where = `agent ${record.id}`;
  const isServed = repos.records.some(({ id }) => id === record.repo);
  return [
    ...(record.status === 'error'
      ? [
          {
            id: 'agent-error',
            severity: 'warning' as const,
            where,
            what: record.error ?? 'its status is error, no reason is known',
            advice: `what is unfinished is tried again by itself; else gitisoctl agent remove --force ${record.id}`,
          },
        ]
      : []),
    ...(isServed
      ? []
      : [
          {
            id: 'agent-repository',
            severity: 'error' as const,
            where,
            what: `its repository ${record.repo} is missing or damaged: it can not commit`,
            advice:
              'mend the repository; until then it can read and write files, and nothing of it is deleted',
          },
        ]),
  ];
}

/** What only the agent has: gone is gone. */
async function folders({ layout }: Patient, record: AgentRecord): Promise<readonly Diagnosis[]> {
  const place = layout.agent(record.id);
  const missing: string[] = [];
  for (const path of [place.workspace, place.gitdir, place.home]) {
    if (!(await isFolder(path))) missing.push(basename(path));
  }
  if (missing.length === 0) return [];
  return [
    {
      id: 'agent-folder',
      severity: 'error',
      where: place.root,
      what: `gone, or no folder any more: ${missing.join(', ')}`,
      advice: `restore it from a copy, or: gitisoctl agent remove --force ${record.id} (its branch stays), and create it again`,
    },
  ];
}

async function generated(patient: Patient, record: AgentRecord): Promise<readonly Diagnosis[]> {
  const { layout, repos, config } = patient;
  const place = layout.agent(record.id);
  const files = generatedFiles(place);
  const wanted = [place.run, files.profile, join(files.etc, 'remotes'), join(files.etc, 'branch')];
  const missing: string[] = [];
  for (const path of wanted) if (!(await exists(path))) missing.push(basename(path));
  const repo = repos.records.find(({ id }) => id === record.repo);
  if (missing.length === 0 || repo === undefined) return [];
  const remote = agentRemote(repo);
  return [
    {
      id: 'agent-mounts',
      severity: 'error',
      where: place.mounts,
      what: `generated files are gone: ${missing.join(', ')}; the agent can not be started again`,
      advice: `--fix makes them again; then gitisoctl agent stop ${record.id}, and agent start ${record.id}`,
      mend: async () => {
        const remotes = remotesFile(remote === null ? [] : [remote], config.policy.remotes);
        await provisionMounts({ agent: place, owner: record.owner, ref: record.ref, remotes });
        return 'they were made again; the container sees them after its next start';
      },
    },
  ];
}

async function socket(patient: Patient, record: AgentRecord): Promise<readonly Diagnosis[]> {
  const { layout, hands, isServing } = patient;
  const { reopenSocket } = hands;
  const { run, socket: path } = layout.agent(record.id);
  if (!isServing || reopenSocket === null || record.status !== 'ready' || (await isSocket(path))) return [];
  const hadFolder = await isFolder(run);
  const restart = `gitisoctl agent stop ${record.id}, then agent start ${record.id}`;
  return [
    {
      id: 'agent-socket',
      severity: 'error',
      where: path,
      what: "the agent's socket is gone: its commits fail",
      advice: hadFolder
        ? '--fix opens it again'
        : `--fix opens it again; its folder was gone too, so: ${restart}`,
      mend: async () => {
        await reopenSocket(record.id);
        return hadFolder ? 'it is open again' : `it is open again; the container needs a restart: ${restart}`;
      },
    },
  ];
}

async function orphans({ layout, agents }: Patient): Promise<readonly Diagnosis[]> {
  const known = new Set<string>([...agents.records, ...agents.damaged].map(({ id }) => id));
  const names = await readdir(layout.agents).catch(() => [] as string[]);
  return names
    .filter((name) => !known.has(name))
    .map((name) => ({
      id: 'orphan-folder',
      severity: 'warning',
      where: join(layout.agents, name),
      what: 'a folder that belongs to no agent',
      advice: 'look at it; when nothing in it is needed, delete it',
    }));
}

async function isFolder(path: string): Promise<boolean> {
  return lstat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function isSocket(path: string): Promise<boolean> {
  return lstat(path).then(
    (found) => found.isSocket(),
    () => false,
  );
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

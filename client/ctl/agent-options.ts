/** The options of a new agent, shared by `agent create` and `agent create-many`. */
import { resolve } from 'node:path';
import type { ParamsOf } from '../../shared/contract';
import type { Methods } from '../../shared/methods';
import type { Identity } from '../../shared/records';
import { omitUndefined } from './omit-undefined';
import { flag, oneOf, optional, repeatable, type Options } from './option';
import type { ValuesOf } from './parse-arguments';
import { parseCores, parseSize, wholeNumber } from './quantities';
import { UsageError } from './usage-error';

export type AgentOptions = ParamsOf<Methods['agent.create']>;

const networkModes = ['none', 'bridge'] as const;

export const agentOptions = {
  base: optional('BASE', 'branch, tag or commit to start from (default: the default branch)'),
  image: optional('IMAGE', 'container image'),
  author: optional('IDENTITY', "author of the agent's commits, 'Name <mail>'", 'none', parseIdentity),
  committer: optional('IDENTITY', "committer of the agent's commits, 'Name <mail>'", 'none', parseIdentity),
  env: repeatable('KEY=VALUE', 'environment variable in the container', 'none', parseVariable),
  network: optional(
    'MODE',
    'none, or bridge for the network of the engine',
    networkModes,
    oneOf(networkModes),
  ),
  memory: optional('SIZE', 'memory limit, like 512m or 2g', 'none', parseSize),
  cpus: optional('CORES', 'CPU limit, like 1.5', 'none', parseCores),
  pids: optional('COUNT', 'limit of processes', 'none', wholeNumber(16)),
  openFiles: optional('COUNT', 'limit of open files of a process', 'none', wholeNumber(64)),
  disk: optional('SIZE', 'size of a file system of its own, like 512m or 8g', 'none', parseSize),
  inodes: optional('COUNT', 'files and folders in a file system of its own', 'none', wholeNumber(1024)),
  mount: repeatable('SRC:DST', 'mount a host path read-only', 'none', parseMount),
  shareAuth: optional('DIR', 'mount an SSH directory read-only: the agent can read its keys', 'directory'),
  ensure: flag('take the existing agent instead of failing'),
} satisfies Options;

/** What the options mean to the daemon; relative host paths are resolved against `cwd`. */
export function toAgentOptions(
  values: ValuesOf<typeof agentOptions>,
  cwd: string,
): Omit<AgentOptions, 'id' | 'repo'> {
  const limits = omitUndefined({
    ...{ memoryBytes: values.memory, cpus: values.cpus, pids: values.pids },
    openFiles: values.openFiles,
  });
  const storage = omitUndefined({ bytes: values.disk, inodes: values.inodes });
  const mounts = values.mount.map(({ source, target }) => ({ source: resolve(cwd, source), target }));
  return omitUndefined({
    base: values.base,
    image: values.image,
    author: values.author,
    committer: values.committer,
    environment: values.env.length === 0 ? undefined : Object.fromEntries(values.env),
    network: values.network,
    limits: Object.keys(limits).length === 0 ? undefined : limits,
    storage: Object.keys(storage).length === 0 ? undefined : storage,
    mounts: mounts.length === 0 ? undefined : mounts,
    shareAuth: values.shareAuth === undefined ? undefined : resolve(cwd, values.shareAuth),
    ensure: values.ensure || undefined,
  });
}

export function parseIdentity(text: string): Identity {
  const match = /^\s*([^<>]*?)\s*<([^<>\s]*)>\s*$/.exec(text);
  const [, name = '', email = ''] = match ?? [];
  if (name === '') throw new UsageError(`not an identity like 'Name <mail>': '${text}'`);
  return { name, email };
}

export function parseVariable(text: string): readonly [string, string] {
  const equals = text.indexOf('=');
  const name = text.slice(0, Math.max(0, equals));
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new UsageError(`not of the form KEY=VALUE: '${text}'`);
  return [name, text.slice(equals + 1)];
}

/** `SRC:DST`, also with `:ro` behind; the last colon counts, because a host path may hold one. */
export function parseMount(text: string): { readonly source: string; readonly target: string } {
  const match = /^(.+):(\/[^:]+?)(?::ro)?$/.exec(text);
  const [, source, target] = match ?? [];
  if (source === undefined || target === undefined) {
    throw new UsageError(
      `not of the form SRC:DST with an absolute DST: '${text}'`,
      'mounts are always read-only',
    );
  }
  return { source, target };
}

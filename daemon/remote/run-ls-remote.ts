/** `git ls-remote` of an agent: host git asks the registered remote with the host's credentials. */
import { outcome } from '../commit/outcome';
import type { Outcome } from '../../shared/invocation';
import { networkOptions } from '../repos/fetch-remote';
import { listRefs } from '../repos/git-refs';
import { openClone } from '../repos/update-repository';
import { readOptions, type OptionRule } from './read-options';
import { createRelay, remoteReplacements } from './relay-output';
import { refuseOption, refuseOtherRemote, type RemoteCall } from './remote-call';

const forms =
  '[--heads] [-t|--tags] [--refs] [-q] [--symref] [--exit-code] [--get-url] [origin [<pattern>…]]';

const rules: readonly OptionRule[] = [
  { long: 'heads' },
  { long: 'tags', short: 't' },
  { long: 'refs' },
  { long: 'quiet', short: 'q' },
  { long: 'symref' },
  { long: 'exit-code' },
  { long: 'get-url' },
];

export async function runLsRemote(call: RemoteCall): Promise<Outcome> {
  const read = readOptions(call.invocation.argv.slice(1), rules);
  if (read.kind === 'unsupported') return refuseOption('ls-remote', read.option, forms).outcome;
  const { options } = read;
  const [remote, ...patterns] = read.rest;
  const other = refuseOtherRemote(call, remote);
  if (other !== null) return other.outcome;
  if (options.has('get-url')) return outcome({ stdout: `${call.remote.display}\n` });
  const from = remote === undefined && !options.has('quiet') ? `From ${call.remote.display}\n` : '';
  if (call.remote.kind === 'clone') return { ...(await listClone(call, options, patterns)), stderr: from };

  const { url } = call.remote;
  const relay = createRelay(call.container, remoteReplacements(url, call.record.directory));
  const flags = ['heads', 'tags', 'refs', 'symref', 'exit-code'].filter((name) => options.has(name));
  const result = await call.context.git.run(
    ['ls-remote', '--quiet', ...flags.map((name) => `--${name}`), '--end-of-options', url.url, ...patterns],
    networkOptions(url, {
      timeoutMs: call.context.config.current().git.networkTimeoutMs,
      signal: call.signal,
      onStderr: relay.onStderr,
    }),
  );
  await relay.finish();
  return outcome({ exitCode: result.exitCode, stdout: result.stdout.toString('latin1'), stderr: from });
}

/** The clone is the remote: its branches and tags. Patterns are matched as ends of names, without wildcards. */
async function listClone(
  call: RemoteCall,
  options: ReadonlyMap<string, string | true>,
  patterns: readonly string[],
): Promise<Outcome> {
  const clone = await openClone(call.context, call.record);
  const isLimited = options.has('heads') || options.has('tags');
  const namespaces = [
    ...(options.has('heads') || !isLimited ? ['refs/heads/'] : []),
    ...(options.has('tags') || !isLimited ? ['refs/tags/'] : []),
  ];
  const refs = await listRefs(call.context.git, clone, namespaces);
  const lines = [...refs]
    .filter(([ref]) => patterns.length === 0 || patterns.some((pattern) => `/${ref}`.endsWith(`/${pattern}`)))
    .map(([ref, value]) => `${value}\t${ref}\n`);
  const isMissing = lines.length === 0 && options.has('exit-code');
  return outcome({ exitCode: isMissing ? 2 : 0, stdout: lines.join('') });
}

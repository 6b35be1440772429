/**
 * The push itself: host git sends objects by their ids to the remote with the host's credentials, every ref only if it is
 * still what the agent saw there. Nothing of the agent's reaches git's command line but checked ids, names and options.
 */
import { zeroOid } from '../../shared/ids';
import { networkOptions, remoteConfig } from '../repos/fetch-remote';
import { createLineSplitter, hideHostNames, hostNames } from './agent-text';
import type { RefVerdict } from './push-answer';
import type { PushCommand } from './read-push';
import type { RemoteCall } from './remote-call';
import type { RemoteUrl } from './remote-url';

export interface OutgoingPush {
  readonly commands: readonly PushCommand[];
  readonly options: readonly string[];
  readonly isAtomic: boolean;
  /** Whether the agent's git would show the remote's progress. */
  readonly wantsProgress: boolean;
  /** The repository that the objects are for. */
  readonly home: string;
  /** An objects folder with what the repository does not have; null: it has everything. */
  readonly objects: string | null;
  /** The remote's words, as they come. */
  readonly say: (text: string) => Promise<void>;
}

/** Refs in one call of git: a command line has its limits. An atomic push is one call. */
const refsPerCall = 500;

/** One verdict per command, in their order. Throws 'timed-out', 'request-cancelled'. */
export async function pushOut(
  call: RemoteCall,
  url: RemoteUrl,
  push: OutgoingPush,
): Promise<readonly RefVerdict[]> {
  const size = push.isAtomic ? push.commands.length : refsPerCall;
  const verdicts: RefVerdict[] = [];
  for (let at = 0; at < push.commands.length; at += size)
    verdicts.push(...(await pushSome(call, url, push, push.commands.slice(at, at + size))));
  return verdicts;
}

async function pushSome(
  call: RemoteCall,
  url: RemoteUrl,
  push: OutgoingPush,
  commands: readonly PushCommand[],
): Promise<readonly RefVerdict[]> {
  const { context } = call;
  const relay = createRelay(call, push.say);
  const result = await context.git.run(
    [
      ...['push', '--porcelain', '--no-verify', '--no-recurse-submodules', '--no-signed'],
      push.wantsProgress ? '--progress' : '--no-progress',
      ...(push.isAtomic ? ['--atomic'] : []),
      ...push.options.map((option) => `--push-option=${option}`),
      ...commands.map(lease),
      ...['--end-of-options', 'origin'],
      ...commands.map((command) => `${command.new === zeroOid ? '' : command.new}:${command.ref}`),
    ],
    {
      gitDir: push.home,
      ...networkOptions(url, {
        timeoutMs: context.config.current().git.networkTimeoutMs,
        signal: call.signal,
        onStderr: relay.onText,
      }),
      config: remoteConfig(url),
      ...(url.protocol === 'file' ? { pathRemote: 'written' as const } : {}),
      ...(push.objects === null ? {} : { env: { GIT_ALTERNATE_OBJECT_DIRECTORIES: push.objects } }),
    },
  );
  await relay.finish();
  return readVerdicts(result.stdout.toString('latin1'), commands);
}

/** A compare-and-swap at the remote, forced or not: the agent's git has decided whether a rewind is meant. */
function lease({ ref, old }: PushCommand): string {
  return `--force-with-lease=${ref}:${old === zeroOid ? '' : old}`;
}

/** Lines of `git push --porcelain`: `<flag> TAB <from>:<to> TAB <summary> (<reason>)`. */
export function readVerdicts(text: string, commands: readonly PushCommand[]): readonly RefVerdict[] {
  const told = new Map<string, RefVerdict>();
  for (const line of text.split('\n')) {
    const [, flag = '', ref = '', summary = ''] = /^([ +\-*!=])\t[^\t]*:([^\t:]+)\t(.*)$/.exec(line) ?? [];
    if (ref === '') continue;
    const reason = /\((.*)\)$/.exec(summary)?.[1] ?? summary;
    told.set(ref, flag === '!' ? { kind: 'refused', reason } : { kind: 'ok' });
  }
  return commands.map(({ ref }) => told.get(ref) ?? { kind: 'refused', reason: 'the push did not succeed' });
}

/** Shows the remote's own words and git's complaints; what host git tells about its own work stays here. */
function createRelay(call: RemoteCall, say: OutgoingPush['say']) {
  const names = hostNames(call.target, [call.context.layout.state]);
  const lines = createLineSplitter();
  let sending: Promise<void> = Promise.resolve();
  const tell = (texts: readonly string[]): void => {
    const text = texts.map(remoteWords).join('');
    if (text !== '') sending = sending.then(() => say(hideHostNames(text, names)));
  };
  return {
    onText: (text: string) => tell(lines.push(text)),
    finish: async () => {
      tell(lines.rest());
      await sending;
    },
  };
}

/** The agent's git puts `remote: ` before it, and what git adds at the end of such lines, by itself. */
function remoteWords(line: string): string {
  const end = /[\n\r]$/.exec(line)?.[0] ?? '';
  const text = line.slice(0, line.length - end.length).replace(/( {8}|\x1b\[K)$/, '');
  if (text.startsWith('remote: ')) return text.slice('remote: '.length) + end;
  if (text === 'remote:') return end;
  if (/^error: failed to push some refs to /.test(text)) return '';
  return /^(error|fatal|warning|ssh|[\w.@-]+: (Permission denied|Connection))/.test(text) ? text + end : '';
}

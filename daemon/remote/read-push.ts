/**
 * What a pushing git asks for (gitprotocol-pack(5), "Reference Update Request"): commands, capabilities, push options.
 * Reads only; decides nothing about permission. Ref names are bytes, one per character.
 */
import { GitisoError } from '../../shared/errors';
import { isOid, zeroOid, type Oid } from '../../shared/ids';
import type { ByteReader } from './byte-reader';
import { pktLength } from './pkt-line';

export interface PushCommand {
  readonly ref: string;
  /** As the agent saw it at the remote; zeroOid: it must not exist. */
  readonly old: Oid;
  /** zeroOid: delete. */
  readonly new: Oid;
}

export interface PushRequest {
  readonly commands: readonly PushCommand[];
  readonly capabilities: ReadonlySet<string>;
  /** UTF-8 text without control characters. */
  readonly options: readonly string[];
}

const mostCommands = 5000;
const mostOptions = 128;
const longestOption = 4096;
const longestRef = 1024;

/** null: nothing is to be pushed. Throws 'invalid-params', 'limit-exceeded', 'request-cancelled' (the agent went away). */
export async function readPush(reader: ByteReader): Promise<PushRequest | null> {
  const commands: PushCommand[] = [];
  const capabilities = new Set<string>();
  for (;;) {
    const line = await readLine(reader, commands.length === 0);
    if (line === end) return null;
    if (line === flush) break;
    const [command = '', list = ''] = line.split('\0');
    // Where the agent's own history ends: the check of connections finds what is missing.
    if (command.startsWith('shallow ')) continue;
    if (commands.length >= mostCommands) throw tooMany('refs', mostCommands);
    if (commands.length === 0) for (const name of list.trim().split(' ')) capabilities.add(name);
    commands.push(parseCommand(command));
  }
  if (commands.length === 0) return null;
  requireDistinct(commands);
  const options = capabilities.has('push-options') ? await readOptions(reader) : [];
  return { commands, capabilities, options };
}

const flush = Symbol('flush');
const end = Symbol('end');

async function readLine(reader: ByteReader, mayEnd: boolean): Promise<string | typeof flush | typeof end> {
  const digits = await reader.exactly(4);
  if (digits === null) return mayEnd ? end : cutOff();
  const length = pktLength(digits);
  if (length === null) return flush;
  const content = await reader.exactly(length);
  return content === null ? cutOff() : content.toString('latin1').replace(/\n$/, '');
}

function parseCommand(text: string): PushCommand {
  const [, old = '', value = '', ref = ''] = /^([0-9a-f]{40}) ([0-9a-f]{40}) ([^\0\n]+)$/.exec(text) ?? [];
  if (!isOid(old) || !isOid(value) || ref.length > longestRef || (old === zeroOid && value === zeroOid))
    throw new GitisoError('invalid-params', 'a command of the push is malformed');
  return { ref, old, new: value };
}

function requireDistinct(commands: readonly PushCommand[]): void {
  if (new Set(commands.map(({ ref }) => ref)).size < commands.length)
    throw new GitisoError('invalid-params', 'the push names a ref twice');
}

async function readOptions(reader: ByteReader): Promise<readonly string[]> {
  const options: string[] = [];
  for (;;) {
    const line = await readLine(reader, false);
    if (typeof line === 'symbol') return options;
    if (options.length >= mostOptions) throw tooMany('push options', mostOptions);
    options.push(parseOption(line));
  }
}

function parseOption(bytes: string): string {
  const text = Buffer.from(bytes, 'latin1').toString('utf8');
  if (bytes.length > longestOption || /[\p{Cc}\ufffd]/u.test(text))
    throw new GitisoError('invalid-params', 'a push option is too long, or holds a control character');
  return text;
}

function tooMany(what: string, limit: number): GitisoError {
  return new GitisoError('limit-exceeded', `more than ${String(limit)} ${what} in one push`, {
    hint: 'push fewer at once',
  });
}

function cutOff(): never {
  throw new GitisoError('request-cancelled', 'the push was cut off');
}

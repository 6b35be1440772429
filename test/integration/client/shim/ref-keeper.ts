/**
 * A small daemon for the shim's tests that keeps the shared repository: it takes the objects of each proposal, moves
 * the refs, and refuses what a test tells it to. It knows no policy.
 */
import { execFileSync } from 'node:child_process';
import {
  outcome,
  startFakeDaemon,
  type Answer,
  type Call,
  type FakeDaemon,
  type ShimPeer,
} from './fake-daemon';
import type { ShimWorld } from './shim-world';

export interface Proposal {
  readonly key: string;
  readonly updates: readonly { readonly ref: string; readonly old: string; readonly new: string }[];
  readonly argv: readonly string[];
  readonly origin: 'hook' | 'view' | 'check' | 'undo';
}

export interface RefKeeper extends FakeDaemon {
  /** Those since the last `clear`, without questions beforehand. */
  readonly proposals: readonly Proposal[];
  /** The attachments of each of them. */
  readonly offers: readonly (readonly Buffer[])[];
  readonly clear: () => void;
  /** Decides from now on; the default is to refuse nothing. */
  refuses: (proposal: Proposal) => boolean;
}

const zero = '0'.repeat(40);
const isPresent = (id: string): boolean => id !== zero;

export async function startRefKeeper(world: ShimWorld): Promise<RefKeeper> {
  const proposals: Proposal[] = [];
  const offers: (readonly Buffer[])[] = [];
  const daemon = await startFakeDaemon(world.socket, async (call, peer) => {
    if (call.method !== 'transaction.propose') return outcome({ exec: handBack(call) });
    const proposal = call.params as unknown as Proposal;
    if (proposal.origin === 'check') return keeper.refuses(proposal) ? refusal(proposal) : outcome();
    proposals.push(proposal);
    offers.push(call.attachments);
    if (proposal.origin === 'undo') return undo(world, proposal);
    return keeper.refuses(proposal) ? refusal(proposal) : await accept(world, proposal, peer);
  });
  const keeper: RefKeeper = Object.assign(daemon, {
    proposals,
    offers,
    clear: () => {
      proposals.length = 0;
      offers.length = 0;
    },
    refuses: () => false,
  });
  return keeper;
}

/** As the daemon does with a command that it leaves to git. */
function handBack({ params }: Call): readonly string[] {
  const { globals, argv } = params as { readonly globals: string[]; readonly argv: string[] };
  return [...globals, ...argv];
}

function refusal({ updates }: Proposal): Answer {
  const stderr = updates.map(({ ref }) => `error: gitiso: ${ref}: not allowed (test-rule)\n`).join('');
  return outcome({ exitCode: 1, stderr });
}

async function accept(world: ShimWorld, { updates, argv }: Proposal, peer: ShimPeer): Promise<Answer> {
  const wanted = updates.map((update) => update.new).filter(isPresent);
  if (wanted.length > 0) {
    const { message, attachments } = await peer.request(
      'shim.run',
      {
        args: ['pack-objects', '--revs', '--local', '-q', '--stdout'],
        env: { GIT_NO_REPLACE_OBJECTS: '1' },
        stdin: 'attachment',
        stdout: 'capture',
        stderr: 'capture',
        limit: 16_777_216,
      },
      [Buffer.from(`${wanted.join('\n')}\n`)],
    );
    if (message.result?.['exitCode'] !== 0) throw new Error(attachments[1]?.toString());
    const [pack = Buffer.alloc(0)] = attachments;
    sharedInput(world, ['unpack-objects', '-q'], pack);
  }
  const lines = updates.flatMap((update) => changesOf(world, update, argv));
  try {
    sharedInput(world, ['update-ref', '--stdin'], Buffer.from(lines.join('')));
  } catch (error) {
    return outcome({ exitCode: 1, stderr: `error: gitiso: ${String(error)}\n` });
  }
  return outcome();
}

function undo(world: ShimWorld, { updates }: Proposal): Answer {
  for (const { ref, old } of updates) {
    world.sharedGit('update-ref', ...(isPresent(old) ? [ref, old] : ['-d', ref]));
  }
  return outcome();
}

/** git's hook hides that a renamed branch comes back under its new name. */
function changesOf(
  world: ShimWorld,
  { ref, old, new: target }: Proposal['updates'][number],
  argv: readonly string[],
): readonly string[] {
  const expected = isPresent(old) ? ` ${old}` : '';
  if (isPresent(target)) return [`update ${ref} ${target}${expected}\n`];
  const newName = argv.includes('branch') && /^-[mM]$/.test(argv.at(-3) ?? '') ? argv.at(-1) : undefined;
  if (newName === undefined || ref === `refs/heads/${newName}`) return [`delete ${ref}${expected}\n`];
  return [
    `delete ${ref}${expected}\n`,
    `update refs/heads/${newName} ${world.sharedGit('rev-parse', ref).trim()}\n`,
  ];
}

function sharedInput(world: ShimWorld, args: readonly string[], input: Buffer): void {
  execFileSync('/usr/bin/git', args, { cwd: world.shared, env: world.env, input, stdio: 'pipe' });
}

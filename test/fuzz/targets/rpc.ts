/**
 * A whole conversation on an agent's socket: connection, session, dispatcher and the schemas of all real methods. Every
 * call gets exactly one answer with a code of the catalogue, and no call is answered with a defect of the daemon.
 */
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { createDispatcher } from '../../../daemon/dispatch/dispatcher';
import { createErrorResponses } from '../../../daemon/dispatch/error-response';
import type { Handlers } from '../../../daemon/dispatch/handler';
import { createEntries } from '../../../daemon/dispatch/method-entry';
import { parseOptions } from '../../../daemon/commit/parse-options';
import { createLifecycle } from '../../../daemon/lifecycle';
import { openConnection } from '../../../daemon/transport/connection';
import { createSession } from '../../../daemon/transport/session';
import { readProposal } from '../../../daemon/transaction/read-proposal';
import { errorCatalogue, GitisoError } from '../../../shared/errors';
import { createFrameDecoder } from '../../../shared/framing';
import type { AgentId } from '../../../shared/ids';
import { methods } from '../../../shared/methods';
import { defaultConfig, silentLog } from '../harness/quiet-daemon';
import { must, type FuzzTarget } from '../harness/target';

const config = defaultConfig();
const limits = () => ({
  ...config.limits,
  frameBytes: 16_384,
  attachmentBytes: 16_384,
  batchLength: 4,
  pendingRequests: 4,
});
const answerLimits = { frameBytes: 16 * 1024 * 1024, attachmentBytes: 1, attachmentCount: 1 };
const agent = 'fuzz' as AgentId;
const codes: ReadonlySet<number> = new Set(Object.values(errorCatalogue).map(({ rpc }) => rpc));

/** Each ends with an expected refusal; the two that read an agent's words read them first. */
const handlers = new Proxy({} as Handlers, {
  get: (_handlers, name) => async (params: never) => {
    if (name === 'transaction.propose') propose(params);
    if (name === 'commit.create') parseOptions((params as { argv: string[] }).argv);
    throw new GitisoError('agent-not-found', 'nobody is there');
  },
});

function propose({ updates, argv }: { updates: Parameters<typeof readProposal>[0]; argv: string[] }): void {
  const read = readProposal(updates, argv);
  if (read.kind === 'read')
    for (const { ref } of read.updates) must(/^refs\//.test(ref), `a full name: ${ref}`);
}

const errorResponses = createErrorResponses([]);
const dispatcher = createDispatcher({
  kind: 'agent',
  entries: createEntries(handlers, { checkResults: false }),
  errorResponses,
  lifecycle: createLifecycle(new Date(0)),
  noteCall: () => undefined,
  noteForeignCall: () => undefined,
});

export const rpc: FuzzTarget = {
  name: 'rpc',
  seeds: seeds(),
  words: words(),
  run: async (input) => {
    let heldBytes = 0;
    const { socket, answers, over } = openPair();
    const budget = {
      take: (bytes: number) => {
        heldBytes += bytes;
        return true;
      },
      give: (bytes: number) => {
        heldBytes -= bytes;
      },
    };
    const rate = { delayMs: () => 0, take: () => undefined };
    openConnection(socket, { limits, budget, rate }, (connection) =>
      createSession(connection, {
        ...{
          actor: { kind: 'agent', id: agent },
          dispatcher,
          errorResponses,
          limits,
          budget,
          rate,
          log: silentLog,
        },
        nextRequestId: () => 'x',
      }),
    );
    socket.push(input);
    for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    socket.destroy();
    await over;
    checkAnswers(Buffer.concat(answers));
    must(heldBytes === 0, `all input is given back, not ${String(heldBytes)} bytes`);
  },
};

function openPair(): { socket: Socket; answers: Buffer[]; over: Promise<void> } {
  const answers: Buffer[] = [];
  const socket = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, done) => {
      answers.push(chunk);
      done();
    },
  });
  const over = new Promise<void>((resolve) => socket.once('close', resolve));
  return { socket: Object.assign(socket, { setTimeout: () => socket }) as unknown as Socket, answers, over };
}

function checkAnswers(bytes: Buffer): void {
  if (bytes.length === 0) return;
  const decoder = createFrameDecoder(() => answerLimits);
  decoder.push(bytes);
  for (let frame = decoder.next(); frame !== null; frame = decoder.next()) {
    const value = JSON.parse(frame.body.toString('utf8')) as unknown;
    for (const answer of Array.isArray(value) ? (value as unknown[]) : [value]) checkAnswer(answer);
  }
  must(decoder.heldBytes() === 0, 'answers are whole frames');
}

function checkAnswer(answer: unknown): void {
  const { jsonrpc, id, error } = answer as {
    jsonrpc?: unknown;
    id?: unknown;
    error?: { code: number; data?: { reason?: string } };
  };
  must(jsonrpc === '2.0' && id !== undefined, 'an answer is one of JSON-RPC 2.0');
  must(error !== undefined && codes.has(error.code), `a code of the catalogue, not ${String(error?.code)}`);
  must(error.data?.reason !== 'internal-error', `no defect: ${JSON.stringify(answer)}`);
}

function seeds(): readonly string[] {
  const id = '0123456789abcdef0123456789abcdef01234567';
  const call = (method: string, params: unknown) => JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
  const framed = (text: string) => `Content-Length: ${String(text.length)}\r\n\r\n${text}`;
  const transaction = call('transaction.propose', {
    ...{ key: 'a'.repeat(32), origin: 'hook', argv: ['git', 'branch', '-m', 'b'] },
    updates: [{ ref: 'refs/heads/a', old: '0'.repeat(40), new: id }],
  });
  const initialize = call('initialize', { protocolVersion: 1, client: { name: 'x', version: '1' } });
  return [
    `${initialize}\n${call('rpc.discover', {})}\n`,
    `[${initialize},${transaction}]\n`,
    framed(transaction),
    framed(call('remote.connect', { url: 'gitiso::x', service: 'git-upload-pack' })) + '0000',
    `{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":1}}\n`,
    `{"jsonrpc":"2.0","id":"1","result":{}}\n`,
    `Content-Length: 2\r\nContent-Type: application/octet-stream\r\n\r\nab${framed(call('commit.create', {}))}`,
  ];
}

function words(): readonly string[] {
  const names = Object.keys(methods).map((name) => `"method":"${name}"`);
  return [
    ...names,
    '"params":{',
    '"id":',
    'null',
    '"__proto__":',
    'refs/heads/',
    '0'.repeat(40),
    '\n',
    '[',
    ']',
    '}{',
    'Content-Length: ',
    '\r\n\r\n',
    '"origin":"undo"',
    '"updates":[',
  ];
}

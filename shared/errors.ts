/**
 * The one catalogue of errors. Every error that leaves the daemon has a code from here; nothing else does.
 * `rpc` is the JSON-RPC code (never reused), `retry` says what the caller should do next, `exit` is the exit
 * code of `gitisoctl` (docs/errors.md is checked against this table by a test).
 */
export interface ErrorEntry {
  readonly rpc: number;
  /** no: the same call fails again; later: transient; changed: look again, then decide. */
  readonly retry: 'no' | 'later' | 'changed';
  readonly exit: number;
  /** Default next step for the caller; a more precise one may be given where the error is raised. */
  readonly hint: string;
}

export const errorCatalogue = {
  'parse-error': { rpc: -32700, retry: 'no', exit: 70, hint: 'send one JSON-RPC 2.0 message per frame' },
  'invalid-request': {
    rpc: -32600,
    retry: 'no',
    exit: 70,
    hint: 'send {"jsonrpc":"2.0","id":…,"method":…,"params":{…}}',
  },
  'method-not-found': {
    rpc: -32601,
    retry: 'no',
    exit: 64,
    hint: 'rpc.discover lists the methods of this socket',
  },
  'invalid-params': { rpc: -32602, retry: 'no', exit: 64, hint: 'see the parameter schema in rpc.discover' },
  'internal-error': {
    rpc: -32603,
    retry: 'later',
    exit: 70,
    hint: 'the daemon log has the details under this request id',
  },
  'request-cancelled': { rpc: -32800, retry: 'no', exit: 130, hint: 'the caller cancelled the request' },

  'too-many-requests': { rpc: 1001, retry: 'later', exit: 75, hint: 'wait for pending requests to finish' },
  'limit-exceeded': {
    rpc: 1002,
    retry: 'no',
    exit: 65,
    hint: 'make the request smaller, or raise the limit in the configuration',
  },
  'timed-out': {
    rpc: 1003,
    retry: 'later',
    exit: 75,
    hint: 'try again; the deadline is in the configuration',
  },
  'shutting-down': {
    rpc: 1004,
    retry: 'later',
    exit: 75,
    hint: 'the daemon is stopping; try again when it is back',
  },
  'storage-failed': {
    rpc: 1005,
    retry: 'later',
    exit: 74,
    hint: 'check free space and permissions of the state directory',
  },
  'storage-full': {
    rpc: 1020,
    retry: 'later',
    exit: 74,
    hint: "an administrator must make room in the state directory's file system (storage.minFreeBytes)",
  },
  'quota-exceeded': {
    rpc: 1021,
    retry: 'no',
    exit: 65,
    hint: 'an administrator can raise limits.acceptedBytesPerAgent',
  },
  'worker-failed': { rpc: 1006, retry: 'later', exit: 75, hint: 'the git worker was replaced; try again' },

  'peer-failed': {
    rpc: 1007,
    retry: 'no',
    exit: 76,
    hint: 'the program at the other end of the connection could not do its part',
  },
  'config-invalid': {
    rpc: 1008,
    retry: 'no',
    exit: 78,
    hint: 'gitisod --check-config tells what is wrong; docs/configuration.md lists the keys',
  },
  'already-running': {
    rpc: 1009,
    retry: 'no',
    exit: 75,
    hint: 'stop the other daemon, or give this one a state directory of its own',
  },
  'daemon-unreachable': {
    rpc: 1010,
    retry: 'later',
    exit: 69,
    hint: 'start it with "systemctl start gitiso" or "gitisod", or name its socket',
  },

  'state-damaged': {
    rpc: 1011,
    retry: 'no',
    exit: 65,
    hint: 'gitisoctl doctor tells what is damaged, gitisoctl doctor --fix mends what is safe; see docs/recovery.md',
  },

  'repo-not-found': { rpc: 1101, retry: 'no', exit: 66, hint: 'gitisoctl repo list shows the repositories' },
  'repo-exists': {
    rpc: 1102,
    retry: 'no',
    exit: 73,
    hint: 'choose another id, or use the existing repository',
  },
  'repo-in-use': {
    rpc: 1103,
    retry: 'changed',
    exit: 75,
    hint: "remove the repository's agents first, or pass force",
  },
  'repo-unusable': {
    rpc: 1104,
    retry: 'no',
    exit: 65,
    hint: 'the message says which property of the repository is not supported',
  },
  'repo-unreachable': {
    rpc: 1105,
    retry: 'later',
    exit: 69,
    hint: "check the URL, the network and the host's git credentials",
  },
  'revision-not-found': {
    rpc: 1106,
    retry: 'no',
    exit: 66,
    hint: 'name a branch, tag or commit of the repository',
  },

  'agent-not-found': { rpc: 1201, retry: 'no', exit: 66, hint: 'gitisoctl agent list shows the agents' },
  'agent-exists': {
    rpc: 1202,
    retry: 'no',
    exit: 73,
    hint: 'choose another id, or pass ensure to get the existing agent',
  },
  'agent-not-ready': {
    rpc: 1203,
    retry: 'changed',
    exit: 75,
    hint: 'gitisoctl agent show tells the status; start the agent first',
  },
  'agent-has-work': {
    rpc: 1204,
    retry: 'changed',
    exit: 75,
    hint: 'publish or commit the work, or pass force (a snapshot is kept)',
  },
  'agent-create-failed': {
    rpc: 1205,
    retry: 'changed',
    exit: 70,
    hint: 'everything was undone; the message names the step that failed',
  },
  'branch-taken': { rpc: 1206, retry: 'no', exit: 73, hint: 'choose another branch for this agent' },
  'snapshot-not-found': {
    rpc: 1207,
    retry: 'no',
    exit: 66,
    hint: 'gitisoctl agent list --removed shows what can be restored',
  },

  'runtime-unavailable': {
    rpc: 1301,
    retry: 'later',
    exit: 69,
    hint: 'start Docker, or set docker.socket in the configuration',
  },
  'image-not-found': {
    rpc: 1302,
    retry: 'no',
    exit: 66,
    hint: 'build or load the image first (scripts/image makes the default one)',
  },
  'runtime-failed': {
    rpc: 1303,
    retry: 'changed',
    exit: 70,
    hint: 'the container engine refused; its reason is in the message',
  },

  'policy-denied': {
    rpc: 1401,
    retry: 'no',
    exit: 77,
    hint: 'the message names the rule and the allowed way',
  },
  'ref-changed': {
    rpc: 1402,
    retry: 'changed',
    exit: 75,
    hint: 'the branch moved in the meantime; look at it and try again',
  },
  'invalid-change': {
    rpc: 1403,
    retry: 'no',
    exit: 65,
    hint: 'the message names the path and what is wrong with it',
  },
  'invalid-object': { rpc: 1404, retry: 'no', exit: 65, hint: 'run git fsck in the workspace' },
  'remote-failed': { rpc: 1405, retry: 'later', exit: 69, hint: "the remote's own message is above" },
  'audit-broken': {
    rpc: 1501,
    retry: 'no',
    exit: 65,
    hint: 'compare with an off-host checkpoint and keep the segment files',
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof errorCatalogue;

export interface GitisoErrorOptions {
  readonly hint?: string;
  /** Facts for programs: ids, limits, old and new values. Never host paths, never secrets. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** The only error type that reaches a caller. The message is lower-case facts, fit for the caller to read. */
export class GitisoError extends Error {
  readonly hint: string;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    readonly code: ErrorCode,
    message: string,
    options: GitisoErrorOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'GitisoError';
    this.hint = options.hint ?? errorCatalogue[code].hint;
    this.details = options.details ?? {};
  }
}

/** Works across jest realms, where `instanceof` does not. */
export function isGitisoError(value: unknown): value is GitisoError {
  return typeof value === 'object' && value !== null && (value as { name?: unknown }).name === 'GitisoError';
}

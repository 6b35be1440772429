/** What both sides of a comparison have in common: a workspace for one scenario, in which scripts are run. */

export interface SideWorkspace {
  /** Host path of the bare repository that is its remote. */
  readonly remote: string;
  /** The remote's URL, as git knows it there. */
  readonly remoteUrl: string;
  /** Runs a part of a scenario and returns what it recorded, as an archive. */
  readonly run: (script: string) => Promise<Buffer>;
  /** Stops and starts whatever stands behind the workspace. */
  readonly restart: () => Promise<void>;
  /** Refs of the repository that only the host sees, as `<object id> <type>\t<name>` per line; null: there is none. */
  readonly hostRefs: () => Promise<string | null>;
}

export interface Side {
  /** A fresh workspace for a scenario whose remote is a copy of the fixture. */
  readonly open: () => Promise<SideWorkspace>;
}

export const agentBranch = 'agent/a';
export const identity = { name: 'Agent A', email: 'a@agents.example.invalid' } as const;

/** Variables that both containers have. */
export const sideEnvironment = { TZ: 'UTC', LC_ALL: 'C.UTF-8' } as const;

/**
 * Argument vector that runs a part. A part that hangs is ended after a minute, with what it recorded until then. Output
 * that no step caught is recorded too.
 */
export function recordingCommand(script: string): readonly string[] {
  const folder = '/tmp/gitiso-records';
  const command = [
    `rm -rf ${folder} && mkdir ${folder} || exit`,
    `timeout -k 5 60 sh -c "$1" sh >${folder}/script.out 2>&1`,
    `echo $? >${folder}/script.exit`,
    `tar -C ${folder} -cf - . && rm -rf ${folder}`,
  ];
  return ['sh', '-c', command.join('\n'), 'sh', script];
}

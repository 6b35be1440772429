/**
 * The fixed paths an agent sees inside its container. They are documented, stable, and shared with the
 * C shim through the generated header `client/shim/generated.h`; never a path of the host.
 */
export const containerPaths = {
  workspace: '/workspace',
  /** A complete git directory of the agent's own, mounted writable over the workspace's. */
  gitdir: '/workspace/.git',
  /** The agent's own objects; their alternates are `objects`. */
  quarantine: '/workspace/.git/objects',
  /** The shared repository, read-only. */
  shared: '/gitiso/shared',
  objects: '/gitiso/shared/objects',
  /** What a private agent's repository borrows from: `../../base` of its objects, here as on the host. */
  borrowed: '/gitiso/base',
  run: '/gitiso/run',
  socket: '/gitiso/run/gitiso.sock',
  bin: '/gitiso/bin',
  shim: '/gitiso/bin/git',
  init: '/gitiso/bin/gitiso-init',
  /** Generated files, read-only. */
  etc: '/gitiso/etc',
  profile: '/etc/profile.d/gitiso.sh',
} as const;

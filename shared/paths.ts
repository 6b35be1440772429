/**
 * The fixed paths an agent sees inside its container. They are documented, stable, and shared with the
 * C shim through the generated header `client/shim/generated.h`; never a path of the host.
 */
export const containerPaths = {
  workspace: '/workspace',
  dotGit: '/workspace/.git',
  gitdir: '/gitiso/gitdir',
  common: '/gitiso/common',
  shared: '/gitiso/shared',
  quarantine: '/gitiso/quarantine',
  objects: '/gitiso/objects',
  run: '/gitiso/run',
  socket: '/gitiso/run/gitiso.sock',
  bin: '/gitiso/bin',
  shim: '/gitiso/bin/git',
  init: '/gitiso/bin/gitiso-init',
  profile: '/etc/profile.d/gitiso.sh',
} as const;

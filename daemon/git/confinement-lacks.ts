/** What a host can lack to confine git, in words for people. Pure. */

/** What the host does not allow or has not got, and what can be done; for people. */
export interface Lack {
  readonly what: string;
  readonly advice: string;
}

/** By what is lacking; shown by the log, daemon.status and the doctor. */
export const lacks = {
  bubblewrap: {
    what: 'there is no bubblewrap: git has the network and sees the whole file system',
    advice: 'install it (Debian package bubblewrap), then restart gitiso',
  },
  namespaces: (reason: string): Lack => ({
    what: `bubblewrap is refused (${reason}): git has the network and sees the whole file system`,
    advice:
      'let the daemon make namespaces (kernel.unprivileged_userns_clone, user.max_user_namespaces, an AppArmor profile for bwrap, RestrictNamespaces= of the service), then restart gitiso',
  }),
  filter: (arch: string): Lack => ({
    what: `there is no system-call filter for this processor (${arch})`,
    advice: 'run gitiso on x64 or arm64',
  }),
  prlimit: {
    what: 'there is no prlimit: git has no limits on memory and files',
    advice: 'install it (Debian package util-linux), then restart gitiso',
  },
  userNamespaces: {
    what: 'users can make no namespaces: git in the clones of other users is not confined',
    advice:
      'let users make namespaces (kernel.unprivileged_userns_clone, user.max_user_namespaces), then restart gitiso',
  },
} as const;

/*
 * `git-remote-gitiso`: git's transport to the remotes that only the daemon can reach (gitremote-helpers(7)). It asks the
 * daemon for a connection and carries bytes; it knows nothing of the pack protocol.
 */
#ifndef GITISO_REMOTE_HELPER_H
#define GITISO_REMOTE_HELPER_H

/* The name git calls the helper by, for URLs `gitiso::…` and remotes with `vcs = gitiso`. */
#define REMOTE_HELPER "git-remote-gitiso"

/* `argv` as git gives it: name, remote, URL. Returns the exit code. */
int serve_remote_helper(int argc, char **argv);

#endif

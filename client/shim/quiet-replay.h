/*
 * git calls its reference-transaction hook ten times for each commit that `git rebase` replays, always for HEAD and refs of the
 * agent's own, and each call is a fork of git. While it replays, the hook is put aside; when git is about to move the
 * branch, it is back.
 */
#ifndef GITISO_QUIET_REPLAY_H
#define GITISO_QUIET_REPLAY_H

/* Starts a watcher beside a rebase that is about to start in the workspace. */
void quiet_replay_start(void);

/* After git has ended: the hook is in its place when this returns. */
void quiet_replay_stop(void);

#endif

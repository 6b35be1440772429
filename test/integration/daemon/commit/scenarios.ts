/** The repositories in which the compared commits happen. */
import { chmodSync, mkdirSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Run, Scenario } from './twin-workspaces';

const lines = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, at) => `line ${String(from + at)} of a file\n`).join('');

function history(work: string, git: Run): void {
  mkdirSync(join(work, 'dir', 'sub'), { recursive: true });
  writeFileSync(join(work, 'a.txt'), lines(0, 40));
  writeFileSync(join(work, 'b.txt'), lines(100, 140));
  writeFileSync(join(work, 'dir', 'c.txt'), lines(200, 300));
  writeFileSync(join(work, 'dir', 'sub', 'd.txt'), lines(300, 320));
  writeFileSync(join(work, 'with space.txt'), 'spaces\n');
  git('add', '.');
  git('commit', '-qm', 'first commit');
  writeFileSync(join(work, 'b.txt'), lines(100, 150));
  git('commit', '-qam', 'second\n\nwith a body\nof two lines\n\nReviewed-by: Somebody <s@x>');
  git('tag', '-a', '-m', 'a tag', 'v1');
  git(
    'commit',
    '-q',
    '--allow-empty',
    '--author=Other Person <other@people.example>',
    '--date=2020-02-03T04:05:06+0100',
    '-m',
    'third by another',
  );
}

const work: Scenario = {
  script: (folder, git) => {
    history(folder, git);
    writeFileSync(join(folder, 'a.txt'), lines(0, 45));
    writeFileSync(join(folder, 'dir', 'new.txt'), 'new\n');
    git('add', 'a.txt', 'dir/new.txt');
    writeFileSync(join(folder, 'b.txt'), lines(90, 150));
    writeFileSync(join(folder, 'dir', 'c.txt'), lines(200, 301));
    unlinkSync(join(folder, 'with space.txt'));
    writeFileSync(join(folder, 'untracked.txt'), 'untracked\n');
  },
};

const clean: Scenario = { script: history };

const unborn: Scenario = {
  script: (folder, git) => {
    writeFileSync(join(folder, 'one'), 'one\n');
    writeFileSync(join(folder, 'two'), 'two\n');
    git('add', 'one');
  },
};

const empty: Scenario = { script: () => undefined };

/** Every kind of change at once. */
const changes: Scenario = {
  script: (folder, git) => {
    history(folder, git);
    writeFileSync(join(folder, 'rewritten.txt'), lines(1000, 1200));
    writeFileSync(join(folder, 'binary'), Buffer.from([0, 1, 2, 255]));
    writeFileSync(join(folder, 'script.sh'), '#!/bin/sh\n');
    writeFileSync(join(folder, 'gone.txt'), 'gone\n');
    writeFileSync(join(folder, 'kind.txt'), 'a file that becomes a link\n');
    mkdirSync(join(folder, 'folder'));
    writeFileSync(join(folder, 'folder', 'x'), 'x\n');
    git('add', '.');
    git('commit', '-qm', 'more files');
    git('mv', 'dir/c.txt', 'dir/renamed.txt');
    git('mv', 'dir/sub/d.txt', 'moved up.txt');
    writeFileSync(join(folder, 'moved up.txt'), lines(300, 325));
    git('mv', 'rewritten.txt', 'kept.txt');
    writeFileSync(join(folder, 'rewritten.txt'), lines(5000, 5400));
    writeFileSync(join(folder, 'binary'), Buffer.from([0, 9, 9, 9, 9]));
    chmodSync(join(folder, 'script.sh'), 0o755);
    git('rm', '-q', 'gone.txt');
    unlinkSync(join(folder, 'kind.txt'));
    symlinkSync('a.txt', join(folder, 'kind.txt'));
    rmSync(join(folder, 'folder'), { recursive: true });
    writeFileSync(join(folder, 'folder'), 'now a file\n');
    unlinkSync(join(folder, 'b.txt'));
    mkdirSync(join(folder, 'b.txt'));
    writeFileSync(join(folder, 'b.txt', 'inside'), 'now a folder\n');
    writeFileSync(join(folder, 'tab\there "quoted" \u00e9.txt'), 'quoting\n');
    git('add', '-A');
  },
};

const merged: Scenario = {
  script: (folder, git) => {
    history(folder, git);
    git('checkout', '-qb', 'side', 'HEAD~1');
    writeFileSync(join(folder, 'side.txt'), 'side\n');
    git('add', '.');
    git('commit', '-qm', 'on the side');
    git('checkout', '-q', 'main');
    git('merge', '-q', '--no-ff', '-m', 'merge the side', 'side');
    writeFileSync(join(folder, 'a.txt'), lines(0, 41));
    git('add', 'a.txt');
  },
};

/** Conflicts in the index without a merge under way, as `git checkout -m` leaves them. */
const conflicts: Scenario = {
  script: (folder, git) => {
    history(folder, git);
    git('checkout', '-qb', 'other', 'HEAD~1');
    writeFileSync(join(folder, 'a.txt'), 'theirs\n');
    git('commit', '-qam', 'theirs');
    git('checkout', '-q', 'main');
    writeFileSync(join(folder, 'a.txt'), 'ours\n');
    git('checkout', '-q', '-m', 'other');
    git('symbolic-ref', 'HEAD', 'refs/heads/main');
  },
};

const intended: Scenario = {
  script: (folder, git) => {
    history(folder, git);
    writeFileSync(join(folder, 'intended.txt'), 'not yet\n');
    git('add', '-N', 'intended.txt');
    writeFileSync(join(folder, 'a.txt'), lines(0, 42));
    git('add', 'a.txt');
  },
};

const packed: Scenario = {
  script: (folder, git) => {
    work.script(folder, git);
    git('pack-refs', '--all');
  },
};

const squashing: Scenario = {
  script: (folder, git) => {
    history(folder, git);
    git('checkout', '-qb', 'side', 'HEAD~1');
    writeFileSync(join(folder, 'side.txt'), 'side\n');
    git('add', '.');
    git('commit', '-qm', 'on the side');
    git('checkout', '-q', 'main');
    git('merge', '-q', '--squash', 'side');
  },
};

const merging: Scenario = {
  script: (folder, git) => {
    history(folder, git);
    git('checkout', '-qb', 'side', 'HEAD~1');
    writeFileSync(join(folder, 'side.txt'), 'side\n');
    git('add', '.');
    git('commit', '-qm', 'on the side');
    git('checkout', '-q', 'main');
    git('merge', '-q', '--no-ff', '--no-commit', 'side');
  },
};

/** Stopped for an edit: HEAD is detached. */
const rebasing: Scenario = {
  script: (folder, git) => {
    work.script(folder, git);
    git('commit', '-qam', 'all of it');
    git('-c', 'sequence.editor=sed -i s/^pick/edit/', 'rebase', '-q', '-i', 'HEAD~1');
  },
};

const longAgo: Scenario = {
  script: (folder, git) => {
    history(folder, git);
    git('commit', '-q', '--allow-empty', '--date=@5 +0000', '-m', 'of long ago');
    writeFileSync(join(folder, 'a.txt'), lines(0, 41));
    git('add', 'a.txt');
  },
};

export const scenarios = {
  work,
  clean,
  unborn,
  empty,
  changes,
  merged,
  conflicts,
  intended,
  packed,
  squashing,
  merging,
  rebasing,
  longAgo,
} as const satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof scenarios;

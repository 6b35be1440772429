/** Reads a repository with isomorphic-git, and tries to commit: `isomorphic-git.mjs <action>`. */
import { Buffer } from 'node:buffer';
import fs from 'node:fs';
import git from 'isomorphic-git';

const dir = '/workspace';
const author = { name: 'a', email: 'a@agents.gitiso.invalid' };

async function readRefs() {
  return {
    oid: await git.resolveRef({ fs, dir, ref: 'HEAD' }),
    current: await git.currentBranch({ fs, dir }),
    branches: await git.listBranches({ fs, dir }),
    remoteBranches: await git.listBranches({ fs, dir, remote: 'origin' }),
    tags: await git.listTags({ fs, dir }),
    email: await git.getConfig({ fs, dir, path: 'user.email' }),
    files: await git.listFiles({ fs, dir }),
  };
}

async function readObjects() {
  const oid = await git.resolveRef({ fs, dir, ref: 'HEAD' });
  const messages = async (ref) =>
    (await git.log({ fs, dir, ref })).map(({ commit }) => commit.message.trim());
  const { blob } = await git.readBlob({ fs, dir, oid, filepath: 'a' });
  const walked = await git.walk({
    fs,
    dir,
    trees: [git.TREE({ ref: 'HEAD' }), git.WORKDIR(), git.STAGE()],
    map: async (path, [head, work, stage]) => {
      if (path.startsWith('.git/') || (await work?.type()) === 'tree') return undefined;
      return [path, Boolean(head), Boolean(work), Boolean(stage)].join(' ');
    },
  });
  return {
    log: await messages('HEAD'),
    ofOther: await messages('agent/b'),
    status: await git.statusMatrix({ fs, dir }),
    blob: Buffer.from(blob).toString(),
    walked: walked.filter((line) => line !== undefined),
  };
}

const actions = {
  readRefs,
  readObjects,
  commit: async () => {
    await git.add({ fs, dir, filepath: 'a' });
    return git.commit({ fs, dir, message: 'by isomorphic-git', author });
  },
  branch: async () => {
    await git.branch({ fs, dir, ref: 'isomorphic' });
    await git.branch({ fs, dir, ref: 'main-2', object: 'main' });
  },
  commitToNew: async () =>
    git.commit({ fs, dir, message: 'on a new branch', author, ref: 'refs/heads/isomorphic-2' }),
  commitToMain: async () => git.commit({ fs, dir, message: 'on main', author, ref: 'refs/heads/main' }),
};

actions[process.argv[2]]().then(
  (result) => process.stdout.write(`${JSON.stringify(result ?? null)}\n`),
  (error) => {
    process.stderr.write(`${error.code ?? error.name}: ${error.message}\n`);
    process.exitCode = 1;
  },
);

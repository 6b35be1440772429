/** Works with simple-git in the workspace and prints what it answers, as JSON. */
import fs from 'node:fs';
import { simpleGit } from 'simple-git';

const git = simpleGit('/workspace');

async function work() {
  const answers = {};
  answers.isRepo = await git.checkIsRepo();
  answers.init = (await git.init()).existing;
  fs.appendFileSync('a', 'by simple-git\n');
  fs.writeFileSync('new file', 'new\n');
  const { modified, not_added, current } = await git.status();
  answers.status = { modified, not_added, current };
  answers.diff = (await git.diffSummary()).files.map(({ file, insertions }) => `${file} +${insertions}`);
  await git.add('.');
  const { branch, summary } = await git.commit('by simple-git');
  answers.commit = { branch, summary };
  await git.checkoutLocalBranch('simple');
  fs.appendFileSync('a', 'more\n');
  await git.stash(['push', '-m', 'put aside']);
  answers.stashes = (await git.stashList()).all.map(({ message }) => message);
  await git.stash(['pop']);
  await git.commit('more', 'a', { '--no-verify': null });
  answers.log = (await git.log({ maxCount: 3 })).all.map(
    ({ message, author_email }) => `${message} <${author_email}>`,
  );
  await git.addAnnotatedTag('s1', 'annotated');
  answers.tags = (await git.tags()).all;
  answers.branches = (await git.branchLocal()).all;
  answers.between = await git.raw('rev-list', '--count', 'main..simple');
  await git.checkout('agent/a');
  await git.merge(['simple']);
  await git.deleteLocalBranch('simple');
  answers.head = await git.revparse(['HEAD']);
  answers.refused = await git.raw('branch', '-f', 'main', 'HEAD').catch((error) => error.message);
  return answers;
}

work().then(
  (answers) => process.stdout.write(`${JSON.stringify(answers)}\n`),
  (error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exitCode = 1;
  },
);

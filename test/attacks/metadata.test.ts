/** Attacks on commit metadata and the records of it (docs/threats.md, CM). */
import { attacker, attackSuite, bystander, ownRef, type AttackStage } from './harness/attack-stage';
import { commitOf, idOf, packOf } from '../helpers/forged-objects';
import { committer, expectDone, person, refusalOf, sendCommit, sendProposal } from './harness/requests';

const suite = attackSuite();
const attack = (id: string, what: string, body: (stage: AttackStage) => Promise<void>) =>
  suite.attack(id, what, body, { refs: new RegExp(`^${ownRef}$`) });

const empty = ['commit', '--allow-empty', '-m', 'x'];

/** A commit by way of a transaction, whatever it says. */
async function proposeCommit(
  stage: AttackStage,
  facts: Parameters<typeof commitOf>[0] | object,
): Promise<string> {
  const tree = await stage.shared('rev-parse', 'main^{tree}');
  const commit = commitOf({ tree, parents: [stage.main], author: person, ...facts });
  const old = await stage.valueOf(ownRef);
  return refusalOf(
    await sendProposal(stage, [{ ref: ownRef, old, new: idOf(commit) }], { pack: packOf(commit) }),
  );
}

attack('CM-01', 'names with line breaks and brackets forge no header', async (stage) => {
  // What git drops from a name is dropped, and nothing but one header comes of the rest.
  const taken = [
    [
      { GIT_AUTHOR_NAME: 'A\nauthor Mallory <m@x> 1 +0000' },
      `Aauthor Mallory m@x 1 +0000 <${committer.email}>`,
    ],
    [{ GIT_AUTHOR_NAME: 'A<b>' }, `Ab <${committer.email}>`],
    [{ GIT_AUTHOR_EMAIL: '<a@x>\n' }, `${attacker} <a@x>`],
    [
      { GIT_AUTHOR_EMAIL: 'a@x\ncommitter root <r@x> 1 +0000' },
      `${attacker} <a@xcommitter root r@x 1 +0000>`,
    ],
  ] as const;
  for (const [env, author] of taken) {
    expectDone(await sendCommit(stage, { argv: empty, env }));
    const [header = ''] = (await stage.shared('cat-file', 'commit', ownRef)).split('\n\n');
    expect(header.split('\n').map((line) => line.replace(/ \d+ [+]0000$/, ''))).toEqual([
      expect.stringMatching(/^tree [0-9a-f]{40}$/),
      expect.stringMatching(/^parent [0-9a-f]{40}$/),
      `author ${author}`,
      `committer ${person}`,
    ]);
  }
  const before = await stage.valueOf(ownRef);
  const refused = [{ GIT_AUTHOR_NAME: 'A\x1b[2J' }, { GIT_AUTHOR_EMAIL: 'a\x07@x' }];
  for (const env of refused)
    expect(refusalOf(await sendCommit(stage, { argv: empty, env }))).toMatch(/identity-form/);
  // Of an empty name git itself says what is wrong.
  expect((await stage.shell.run('GIT_AUTHOR_NAME= git commit --allow-empty -m x')).output).toMatch(
    /empty ident/,
  );
  expect(await stage.valueOf(ownRef)).toBe(before);
  expect(await proposeCommit(stage, { author: 'A\x07 <a@x>', committer: person })).toMatch(
    /identity-form|invalid-object/,
  );
});

attack('CM-02', 'nobody else becomes the committer, by whatever way', async (stage) => {
  const other = `${bystander} <${bystander}@agents.gitiso.invalid>`;
  const env = { GIT_COMMITTER_NAME: bystander, GIT_COMMITTER_EMAIL: `${bystander}@agents.gitiso.invalid` };
  expect(refusalOf(await sendCommit(stage, { argv: empty, env }))).toMatch(/identity-committer/);
  const config = [`committer.name\n${bystander}`];
  expect(refusalOf(await sendCommit(stage, { argv: empty, config }))).toMatch(/identity-committer/);
  expect(await proposeCommit(stage, { committer: other })).toMatch(/identity-committer/);
  const said = await stage.shell.run(
    `GIT_COMMITTER_NAME=root git commit --allow-empty -m x; git -c user.name=root commit --allow-empty -m x -e`,
  );
  expect(said.exitCode).not.toBe(0);
  expect(await stage.lastAudit()).toMatchObject({
    agent: attacker,
    verdict: 'denied',
    rule: 'identity-committer',
  });
});

attack('CM-03', 'dates before and after all time', async (stage) => {
  for (const date of ['-1 +0000', '1000000000000000000 +0000', '4200000000 +0000', '1700000000 +9999'])
    expect(
      await proposeCommit(stage, { author: `${person} ${date}`, committer: `${person} ${date}` }),
    ).toMatch(/identity-form|invalid-object|commit-form/);
});

attack(
  'CM-05',
  'what an agent writes makes no record in the audit log, and nothing on a terminal',
  async (stage) => {
    const forged = '\n{"seq":1,"agent":"alice","verdict":"accepted"}\x1b]0;owned\x07\u202e';
    const bytes = Buffer.from(forged).toString('latin1');
    await sendCommit(stage, { argv: ['commit', '--allow-empty', '-m', `x${bytes}`] });
    await sendProposal(stage, [{ ref: `refs/heads/x${bytes}`, new: stage.main }], { argv: [`git${bytes}`] });
    await stage.client.call('audit.verify', {});
    const { records } = await stage.client.call('audit.tail', { limit: 5 });
    expect(records.every(({ agent }) => agent === attacker || agent === bystander || agent === null)).toBe(
      true,
    );
    const { commits } = await stage.client.call('commit.log', { repo: 'r', limit: 3 });
    expect(commits.map(({ subject }) => subject).join('')).not.toMatch(/[\x00-\x1f\x7f\u202e]/);
    expect(stage.daemon.log()).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f\u202e]/);
  },
);

attack('CM-06', 'the commit of another is not amended', async (stage) => {
  const theirs = await stage.valueOf(`refs/heads/agent/${bystander}`);
  const argv = ['commit', '--amend', '--allow-empty', '-m', 'mine now'];
  for (const ref of [`refs/heads/agent/${bystander}`, 'refs/heads/main']) {
    const said = await stage.shell.run(
      `git switch -q ${ref.replace('refs/heads/', '')} && git ${argv.join(' ').replace('mine now', 'mine')}; git switch -q agent/${attacker}`,
    );
    expect(said.output).toMatch(/foreign-branch|protected-branch/);
  }
  expect(await stage.valueOf(`refs/heads/agent/${bystander}`)).toBe(theirs);
});

attack('CM-07', 'commits of nothing behave as git’s', async (stage) => {
  const said = await stage.shell.run(
    'git commit -m nothing; git commit --allow-empty -m "fixup! x" && git commit --allow-empty -m "squash! y"',
  );
  expect(said.output).toMatch(/nothing to commit/);
  expect(await stage.shared('log', '-1', '--format=%cn', ownRef)).toBe(committer.name);
});

import { agentGitConfig } from '../../../../daemon/agents/git-config';

const ada = { name: 'Ada "the first" \\ Agent; #1', email: 'ada@example.invalid' };
const bob = { name: 'Bob', email: 'bob@example.invalid' };

test('what has a meaning in a git configuration is quoted', () => {
  const config = agentGitConfig({ author: ada, committer: ada, remote: null });
  expect(config).toContain('\tname = "Ada \\"the first\\" \\\\ Agent; #1"\n');
  expect(config).not.toContain('[remote');
  expect(config).not.toContain('[committer');
});

test('author and committer are told apart when they differ, and the remote has no upstream branch yet', () => {
  const config = agentGitConfig({ author: ada, committer: bob, remote: 'ssh://host/r' });
  expect(config).toContain('[committer]\n\tname = Bob\n');
  expect(config).toContain('[remote "origin"]\n\turl = ssh://host/r\n');
  expect(config).not.toContain('[branch');
});

test('a line break can not begin another setting', () => {
  const author = { name: 'A\n[core]\n\tfsmonitor = evil', email: '' };
  expect(() => agentGitConfig({ author, committer: author, remote: null })).toThrow('control character');
});

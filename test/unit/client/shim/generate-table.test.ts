import { tableHeader } from '../../../../client/shim/generate-table';
import { commandRules, gitOptions } from '../../../../shared/git-commands';

test('every rule and every option of git is in the header', () => {
  const header = tableHeader('');

  for (const rule of commandRules) expect(header).toContain(`.name = "${rule.name}", .way = WAY_`);
  for (const option of Object.keys(gitOptions)) expect(header).toContain(`{ "${option}", VALUE_`);
});

test('container paths are the fixed ones unless a test names a root', () => {
  expect(tableHeader('')).toContain('#define GITISO_GITDIR "/workspace/.git"');
  expect(tableHeader('/tmp/a"b\\c')).toContain(
    '#define GITISO_SOCKET "/tmp/a\\"b\\\\c/gitiso/run/gitiso.sock"',
  );
});

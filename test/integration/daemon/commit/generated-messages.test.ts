/** Messages by chance, cleaned and signed off here and by git: one by one the same. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripSpace, subjectOf } from '../../../../daemon/commit/clean-message';
import { appendSignOff } from '../../../../daemon/commit/sign-off';
import { tempDir } from '../../../helpers/temp-dir';
import { chance, pick } from './chance';
import { agentEnvironment, makeHome, nativeDates, person } from './twin-workspaces';

const pieces = [
  ...[
    '',
    '',
    '',
    ' ',
    '\t',
    '  \t',
    'subject',
    'some text',
    '  indented',
    'trailing   ',
    '# comment',
    '#',
    ' # no comment',
  ],
  ...[
    'Fixes: #1',
    'Acked-by: X <x@y>',
    'Signed-off-by: X <x@y>',
    `Signed-off-by: ${person.name} <${person.email}>`,
  ],
  ...[
    '(cherry picked from commit 1234)',
    'a-b : c',
    'No trailer here',
    'http://x',
    '---',
    'Conflicts:',
    '\tfile',
    'x\r',
  ],
  ...[
    'Key:',
    'Key',
    ': v',
    '- list',
    '\x0b',
    '\xe4',
    '# ------------------------ >8 ------------------------',
  ],
];

function message(random: () => number): string {
  const lines = Array.from({ length: 1 + Math.floor(random() * 9) }, () => pick(random, pieces));
  return lines.join('\n') + pick(random, ['', '\n', '\n\n']);
}

const root = tempDir();
const home = makeHome(root);
const env = { ...agentEnvironment(home), ...nativeDates, GIT_AUTHOR_DATE: '1600000000 +0000' };

function git(args: readonly string[], input: string): string {
  const result = spawnSync('git', args, { cwd: root, env, input: Buffer.from(input, 'latin1') });
  if (result.status !== 0) throw new Error(result.stderr.toString('latin1'));
  return result.stdout.toString('latin1');
}

describe('messages by chance', () => {
  test('are stripped as git stripspace does', () => {
    const random = chance(1);
    for (let round = 0; round < 120; round += 1) {
      const text = message(random);
      const comments = round % 2 === 0;
      const expected = git(['stripspace', ...(comments ? ['--strip-comments'] : [])], text);
      expect([text, stripSpace(text, comments)]).toEqual([text, expected]);
    }
  });

  test('are signed off where git does, and have the same subject', () => {
    const random = chance(2);
    git(['init', '-q', '.'], '');
    const texts = Array.from({ length: 150 }, () => `x${message(random)}`);
    const config = ['-c', 'i18n.commitEncoding=ISO-8859-1', '-c', 'i18n.logOutputEncoding=ISO-8859-1'];
    for (const text of texts) {
      writeFileSync(join(root, 'message'), text, 'latin1');
      git([...config, 'commit', '-q', '--allow-empty', '--cleanup=verbatim', '-s', '-F', 'message'], '');
    }
    const made = git([...config, 'log', '-z', '--reverse', '--format=%s%x01%B'], '').split('\0');
    const identity = `${person.name} <${person.email}>`;
    texts.forEach((text, at) => {
      const [subject = '', body = ''] = (made[at] ?? '').split('\x01');
      const signed = appendSignOff(text, identity, { separators: ':', names: [] });
      // log ends each entry's body with the terminator only.
      expect([text, signed]).toEqual([text, body]);
      expect([text, subjectOf(signed)]).toEqual([text, subject]);
    });
  });
});

/** Command lines about the message of a commit. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cases, type NamedCase, type Row } from './compared-case';

const cutLine = '# ------------------------ >8 ------------------------\n';

const messages: readonly Row[] = [
  ['one message', ['-m', 'a message']],
  ['a message stuck to its option', ['-mstuck']],
  ['several messages', ['-m', 'one', '-m', 'two', '-m', 'three\n']],
  ['a long option with an equals sign', ['--message=with equals']],
  ['a long option with its value apart', ['--message', 'apart']],
  ['an abbreviated option', ['--mess=short']],
  ['a message that looks like an option', ['-m', '-n']],
  ['a message that is the name of a command', ['-m', 'commit']],
  ['a message that is two hyphens', ['-m', '--']],
  ['--no-message before a message', ['-m', 'forgotten', '--no-message', '-m', 'kept']],
  ['an empty message', ['-m', '']],
  ['a blank message', ['-m', ' \n\t\n']],
  ['an empty message that is allowed', ['--allow-empty-message', '-m', '']],
  ['a subject of several lines', ['-m', 'a subject\nthat goes on  \nand on\n\nbody']],
  ['blank lines everywhere', ['-m', '\n\n  indented  \n\n\n\nbody\t\n\n\n']],
  ['a message with hashes', ['-m', '# not a comment\nbody']],
  ['--cleanup=strip', ['--cleanup=strip', '-m', '# a comment\nsubject\n# more\n\n\nbody']],
  ['--cleanup=strip that leaves nothing', ['--cleanup=strip', '-m', '# only a comment']],
  ['--cleanup=whitespace', ['--cleanup=whitespace', '-m', '\n# kept\n\n\n']],
  ['--cleanup=verbatim', ['--cleanup=verbatim', '-m', '\n\n  as it is  \n\n\n']],
  ['--cleanup=verbatim with blanks only', ['--cleanup=verbatim', '-m', '  \n']],
  ['--cleanup=scissors without an editor', ['--cleanup=scissors', '-m', `subject\n${cutLine}below`]],
  ['--cleanup=default', ['--cleanup=default', '-m', ' x ']],
  ['commit.cleanup', ['-m', '# a\nb'], { globals: ['-c', 'commit.cleanup=strip'] }],
  ['a message of UTF-8', ['-m', '\xc3\xa4nderung \xe2\x82\xac']],
  ['a message that is not UTF-8', ['-m', '\xe4nderung\n\n\xff\xfe']],
  ['i18n.commitEncoding', ['-m', '\xe4nderung'], { globals: ['-c', 'i18n.commitEncoding=ISO-8859-1'] }],
  ['a percent sign in the subject', ['-m', '100%h %s %n']],
  ['control characters in the message', ['-m', 'a\x1b[31mred\x07\tend']],
  ['a very long line', ['-m', 'word '.repeat(3000)]],
];

const messagesAtOnce: readonly Row[] = [
  ['--verbose cuts at the scissors', ['-v', '-m', `subject\n\nbody\n${cutLine}below\n`]],
  ['-v -v', ['-v', '-v', '-m', 'very verbose']],
  ['core.commentChar', ['--cleanup=strip', '-m', '; a\n# b\nc'], { globals: ['-c', 'core.commentChar=;'] }],
  [
    'core.commentChar=auto',
    ['--cleanup=strip', '-m', '# a\n; b\nc\n\n@ d'],
    { globals: ['-c', 'core.commentChar=auto'] },
  ],
  ['commit.verbose', ['-m', `subject\n${cutLine}x`], { globals: ['-c', 'commit.verbose=true'] }],
];

const files: readonly Row[] = [
  [
    '-F with a file',
    ['-F', '../message'],
    { prepare: (work) => writeFileSync(join(work, '..', 'message'), 'from a file\n\n\nbody\n') },
  ],
  ['-F with standard input', ['-F', '-'], { stdin: 'from input\n\nbody' }],
  ['-F- stuck', ['-F-'], { stdin: 'stuck\n' }],
  ['--file with an empty input', ['--file=-'], { stdin: '' }],
  [
    '-F relative to a subfolder',
    ['-F', 'm'],
    { folder: 'dir', prepare: (work) => writeFileSync(join(work, 'dir', 'm'), 'in dir\n') },
  ],
  ['nearly a mebibyte of empty lines', ['-F', '-'], { stdin: `x\n${'\n'.repeat(1024 * 1024 - 10)}` }],
  ['-F with bytes', ['-F', '-'], { stdin: 'caf\xe9\r\nnext\r\n' }],
];

const filesAfterAll: readonly Row[] = [
  ['-F with a missing file', ['-F', 'nowhere']],
  ['-F with a missing file in a subfolder', ['-F', 'nowhere'], { folder: 'dir' }],
  ['-F with a folder', ['-F', 'dir']],
];

const trailers: readonly Row[] = [
  ['--signoff', ['-s', '-m', 'subject']],
  ['--signoff with a body', ['-s', '-m', 'subject', '-m', 'body of text']],
  ['--signoff after trailers', ['-s', '-m', 'subject\n\nbody\n\nFixes: #1\nAcked-by: X <x@y>']],
  [
    '--signoff that is there already',
    ['-s', '-m', 'subject\n\nSigned-off-by: Agent One <one@agents.example>'],
  ],
  ['--signoff of another', ['-s', '-m', 'subject\n\nSigned-off-by: Other <o@x>']],
  ['--signoff without a message', ['-s', '-m', '']],
  ['--signoff and strip', ['-s', '--cleanup=strip', '-m', 'subject\n\nbody\n# comment\n']],
  ['--signoff and verbatim', ['-s', '--cleanup=verbatim', '-m', 'subject\n']],
  [
    '--signoff after half a block of trailers',
    ['-s', '-m', 's\n\nSigned-off-by: A <a@b>\nno trailer\nat all'],
  ],
  ['--trailer', ['--trailer', 'Reviewed-by: R <r@x>', '-m', 'subject']],
  ['several --trailer', ['--trailer=A: 1', '--trailer', 'B=2', '-m', 'subject\n\nbody']],
  ['--trailer and --signoff', ['-s', '--trailer=Fixes:3', '-m', 'subject']],
  [
    '--trailer with a configured key',
    ['--trailer', 'sign: me', '-m', 's'],
    { globals: ['-c', 'trailer.sign.key=Signed-off-by: '] },
  ],
];

export const messageCases: readonly NamedCase[] = [
  ...cases('daemon', messages, files, trailers),
  ...cases('git at once', messagesAtOnce),
  ...cases('git after all', filesAfterAll),
];

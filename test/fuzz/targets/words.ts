/** What agents say in words: command lines of `git commit`, messages, people, dates, configuration, URLs. */
import { cleanMessage, locateCutLine, subjectOf } from '../../../daemon/commit/clean-message';
import { parseCommitConfig } from '../../../daemon/commit/commit-config';
import { formatDate, formatRawDate, parseRawDate, parseStoredDate } from '../../../daemon/commit/commit-date';
import { repairUtf8 } from '../../../daemon/commit/encoding';
import { formPerson, splitPerson } from '../../../daemon/commit/identity';
import { parseOptions } from '../../../daemon/commit/parse-options';
import { parseLocation } from '../../../daemon/remote/remote-url';
import { escapeLine } from '../../../client/ctl/escape-text';
import { isGitisoError } from '../../../shared/errors';
import { isRefName } from '../../../shared/ids';
import { must, type FuzzTarget } from '../harness/target';

export const words: FuzzTarget = {
  name: 'words',
  seeds: [
    'o-m\0a message\0--author=A <a@b>\0-sa\0--\0path',
    'o--amend\0--no-edit\0--date=@1 +0000\0--trailer=A: b\0-qF\0-',
    'mSubject\n\nBody\n# comment\n# ------------------------ >8 ------------------------\nrest\n',
    'dA U Thor <author@example.com>\x001700000000 +0100',
    'cuser.name\nA\0commit.cleanup\nscissors\0core.abbrev\n12\0',
    'uhttps://user:pw@example.com:8080/a/b.git',
    'ugit@example.com:a/b',
  ],
  words: [
    '\0',
    '--',
    '-m',
    '--amend',
    '--author=',
    '--fixup=',
    '<',
    '>',
    '@',
    '+0000',
    '-1200',
    '# ------------------------ >8 ------------------------',
    '\n',
    'ext::sh',
    'file://',
    'ssh://',
    '%00',
    '\x1b[2J',
    '\xe2\x80\xae',
    '\xc2\x9b',
    '..',
    ':',
  ],
  run: (input) => {
    const text = input.subarray(1).toString('latin1');
    const kind = String.fromCharCode(input[0] ?? 0);
    if (kind === 'o') parseOptions(text.split('\0'));
    else if (kind === 'm') readMessage(text);
    else if (kind === 'd') readPerson(text);
    else if (kind === 'c') parseCommitConfig(text);
    else if (kind === 'u') readUrl(text);
    else showText(input.subarray(1).toString('utf8'));
  },
};

function readMessage(text: string): void {
  for (const mode of ['verbatim', 'whitespace', 'strip'] as const) {
    const cleaned = cleanMessage(text, mode);
    must(cleaned.length <= text.length + 1, 'cleaning adds no more than a newline');
    must(mode === 'verbatim' || cleanMessage(cleaned, mode) === cleaned, 'what is clean stays as it is');
    must(!subjectOf(cleaned).includes('\n'), 'a subject is one line');
  }
  must(locateCutLine(text) <= text.length, 'the cut is within the message');
  must(repairUtf8(repairUtf8(text).text).wasValid, 'what was repaired is valid');
}

function readPerson(text: string): void {
  const [who = '', when = ''] = text.split('\0');
  const person = splitPerson(who);
  if (person !== null) {
    const formed = formPerson(person.name, person.email);
    if (formed !== null) must(!/[\n<>]/.test(formed.name + formed.email), 'no line can be forged');
  }
  for (const date of [parseRawDate(when), parseStoredDate(when)]) {
    if (date === null) continue;
    formatDate(date);
    must(/^\d+ [+-]\d{4}$/.test(formatRawDate(date)), `a raw date: ${formatRawDate(date)}`);
  }
}

function readUrl(text: string): void {
  try {
    const location = parseLocation(text);
    must(!JSON.stringify(location).includes('\\u0000'), 'no NUL gets through');
  } catch (error) {
    if (!isGitisoError(error)) throw error;
  }
}

function showText(text: string): void {
  must(
    !/[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/.test(escapeLine(text)),
    'nothing reaches a terminal raw',
  );
  if (isRefName(text))
    must(!/\.\.|[\x00-\x20\x7f~^:?*[\\]|@\{|\.lock(\/|$)|\/\/|\/$|\/\./.test(text), `a ref name: ${text}`);
}

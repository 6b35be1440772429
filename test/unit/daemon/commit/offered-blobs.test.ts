import { parseBatch, parseLooseObjects } from '../../../../daemon/commit/offered-blobs';
import { assertOid } from '../../../../shared/ids';

const a = assertOid('a'.repeat(40));
const b = assertOid('b'.repeat(40));
const both = new Set([a, b]);

describe('the attachment of loose objects', () => {
  test('is cut into the objects that are wanted', () => {
    const bytes = Buffer.from(`${a} 3\nx\n\0${b} 0\n${'c'.repeat(40)} 1\ny`, 'latin1');
    const blobs = parseLooseObjects(bytes, both);
    expect(blobs.map(({ id, form, bytes: content }) => [id, form, content.toString('latin1')])).toEqual([
      [a, 'loose', 'x\n\0'],
      [b, 'loose', ''],
    ]);
  });

  test.each([
    ['a length beyond the end', `${a} 4\nxyz`],
    ['a negative length', `${a} -1\nxyz`],
    ['an enormous length', `${a} 99999999999999999999\nxyz`],
    ['no newline', `${a} 3`],
    ['a line that is too long', `${a} ${'0'.repeat(200)}3\nxyz`],
    ['no id', 'zzz 3\nxyz'],
  ])('ends with %s', (_name, text) => {
    expect(parseLooseObjects(Buffer.from(text, 'latin1'), both)).toEqual([]);
  });
});

describe('the output of git cat-file --batch', () => {
  test('is cut into the objects that are there', () => {
    const bytes = Buffer.from(`${a} missing\n${b} blob 2\n\n\n\n${a} blob 1\nx\n`, 'latin1');
    const blobs = parseBatch(bytes, both);
    expect(blobs.map(({ id, form, bytes: content }) => [id, form, content.toString('latin1')])).toEqual([
      [b, 'raw', '\n\n'],
      [a, 'raw', 'x'],
    ]);
  });

  test('may end in the middle of an object', () => {
    expect(parseBatch(Buffer.from(`${a} blob 10\nxyz`), both)).toEqual([]);
    expect(parseBatch(Buffer.from(a), both)).toEqual([]);
  });
});

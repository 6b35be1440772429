import { parseJsonText } from '../../../shared/json-text';
import { notContaining } from '../../helpers/text-matchers';
import { errorWith } from '../../helpers/error-with';

const parse = (text: string | Buffer, nesting = 4) => parseJsonText(Buffer.from(text), nesting);

test('text within the limits is parsed', () => {
  expect(parse('{"a":[[{"b":"[[[[[["}]],"c":"\\"{{{{{"}')).toEqual({ a: [[{ b: '[[[[[[' }]], c: '"{{{{{' });
});

test('nesting is counted before anything is parsed', () => {
  expect(() => parse('[[[[[]]]]]')).toThrow(errorWith('limit-exceeded'));
  expect(parse('[[[[]]],[[[]]]]')).toEqual([[[[]]], [[[]]]]);
  expect(() => parse('['.repeat(1_000_000))).toThrow(errorWith('limit-exceeded'));
});

test('malformed UTF-8 is refused instead of replaced', () => {
  for (const bytes of [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82]]) {
    const text = Buffer.concat([Buffer.from('"'), Buffer.from(bytes), Buffer.from('"')]);
    expect(() => parse(text)).toThrow(errorWith('parse-error'));
  }
});

test('a key __proto__ is refused however it is written, as a value it is only text', () => {
  for (const text of ['{"__proto__":1}', '[{"a":{"\\u005f_proto__":{}}}]', '{"__pr\\u006fto__":1}']) {
    expect(() => parse(text)).toThrow(errorWith('parse-error'));
  }
  expect(parse('["__proto__","\\u0041"]')).toEqual(['__proto__', 'A']);
});

test('the text is not repeated in the message', () => {
  expect(() => parse('{"password": hunter2')).toThrow(
    errorWith('parse-error', { message: notContaining('hunter2') }),
  );
});

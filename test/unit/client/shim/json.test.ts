/** The shim's JSON reader against JSON.parse. */
import { compile, feed } from './compile';
import { createRandom } from '../../../helpers/random';

const program = compile('echo-json.c', ['json.c', 'json-string.c', 'bytes.c', 'message.c']);

function echo(mode: 'bytes' | 'text', texts: readonly (string | Buffer)[]): readonly string[] {
  const inputs = texts.map((text) => Buffer.from(text));
  const framed = inputs.flatMap((input) => [Buffer.from(`${String(input.length)}\n`), input]);
  return feed(program, [mode], Buffer.concat(framed));
}

/** As the C side prints text: UTF-8, one \u00XX per byte. */
function textOf(line: string): unknown {
  return JSON.parse(line, (_, value: unknown) =>
    typeof value === 'string' ? Buffer.from(value, 'latin1').toString('utf8') : value,
  );
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const samples = [
  '{"jsonrpc":"2.0","id":7,"method":"shim.run","params":{"args":["a","b"],"env":{"X":""},"limit":10}}',
  ' [ 1 , -2.5e+10 , 0.5 , true , false , null , [ ] , { } ] ',
  '{"text":"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00 é 😀 €"}',
  '"only a string"',
  '{"a":{"b":{"c":[{"d":1},{"e":[[[]]]}]}}}',
];

test('valid texts are read as JSON.parse reads them', () => {
  expect(echo('text', samples).map(textOf)).toEqual(samples.map((sample) => JSON.parse(sample) as unknown));
});

test('20,000 mutated texts are accepted and refused as by JSON.parse', () => {
  const random = createRandom(2);
  const pieces: [string, ...string[]] = [
    '"',
    '\\',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '0',
    '-',
    'e',
    '.',
    '\n',
    '\u0001',
    't',
    'u12',
  ];
  const mutate = (text: string): string => {
    const at = random.below(text.length + 1);
    const cut = random.below(3);
    return text.slice(0, at) + (random.below(4) === 0 ? '' : random.pick(pieces)) + text.slice(at + cut);
  };
  const texts = Array.from({ length: 20_000 }, () => {
    let text = samples[random.below(samples.length)] ?? '';
    for (let i = random.below(4); i >= 0; i--) text = mutate(text);
    return Buffer.from(text).toString().replaceAll('\ufffd', '?');
  });

  const lines = echo('text', texts);

  const verdicts = texts.map((text, index) => `${lines[index] === '!' ? 'refused' : 'read'}: ${text}`);
  expect(verdicts).toEqual(texts.map((text) => `${parses(text) ? 'read' : 'refused'}: ${text}`));
  const read = texts.flatMap((text, index) =>
    parses(text) && !text.includes('\\ud') ? [[text, lines[index] ?? '']] : [],
  );
  for (const [text = '', line = ''] of read) expect(textOf(line)).toEqual(JSON.parse(text));
});

test('strings of bytes carry U+0000 to U+00FF and nothing above', () => {
  const all = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join('');

  const [line = '', above] = echo('bytes', [JSON.stringify(all), '"€"']);

  expect(JSON.parse(line)).toBe(all);
  expect(above).toBe('null');
});

test('lone surrogates and malformed UTF-8 become replacement characters in text', () => {
  const broken = Buffer.from([0x22, 0xc3, 0x22]);
  const cut = Buffer.from([0x22, 0xe2, 0x82, 0x41, 0xff, 0x22]);

  const lines = echo('text', ['"\\ud800x"', '"\\udc00\\ud800"', broken, cut]);

  expect(lines.map(textOf)).toEqual(['\ufffdx', '\ufffd\ufffd', '?', '??A?']);
});

test('depth is bounded', () => {
  const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

  expect(echo('text', [nested(32), nested(33), '['.repeat(1_000_000)])).toEqual([nested(32), '!', '!']);
});

test('more than a million values are refused', () => {
  expect(echo('text', [`[${'0,'.repeat(1 << 20)}0]`])).toEqual(['!']);
});

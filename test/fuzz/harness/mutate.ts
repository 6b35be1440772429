/** New inputs from old ones: havoc as AFL does it, with words of the format and pieces of other inputs. */
import type { Random } from '../../helpers/random';

const longest = 8192;
const oddNumbers: readonly [number, ...number[]] = [
  0, 1, 0x7f, 0x80, 0xff, 0x0a, 0x0d, 0x20, 0x22, 0x5c, 0x2f, 0x2e,
];

export interface Mutator {
  readonly next: (base: Buffer, other: Buffer) => Buffer;
}

export function createMutator(random: Random, words: readonly string[]): Mutator {
  const dictionary = words.map((word) => Buffer.from(word, 'latin1'));
  const changes: readonly [Change, ...Change[]] = [
    flipBit,
    oddByte,
    remove,
    repeat,
    insertRandom,
    addDigit,
    (input, chance, other) => splice(input, chance, other),
    (input, chance) => insertWord(input, chance, dictionary),
    (input, chance) => overwriteWord(input, chance, dictionary),
    truncate,
  ];
  return {
    next: (base, other) => {
      let input = base;
      const rounds = 1 << random.below(5);
      for (let round = 0; round < rounds; round += 1) input = random.pick(changes)(input, random, other);
      return input.length > longest ? input.subarray(0, longest) : input;
    },
  };
}

type Change = (input: Buffer, random: Random, other: Buffer) => Buffer;

function flipBit(input: Buffer, random: Random): Buffer {
  return withByte(input, random, (byte) => byte ^ (1 << random.below(8)));
}

function oddByte(input: Buffer, random: Random): Buffer {
  return withByte(input, random, () => random.pick(oddNumbers));
}

function withByte(input: Buffer, random: Random, change: (byte: number) => number): Buffer {
  if (input.length === 0) return input;
  const changed = Buffer.from(input);
  const at = random.below(input.length);
  changed[at] = change(changed[at] ?? 0);
  return changed;
}

function remove(input: Buffer, random: Random): Buffer {
  const [from, to] = range(input, random);
  return Buffer.concat([input.subarray(0, from), input.subarray(to)]);
}

function repeat(input: Buffer, random: Random): Buffer {
  const [from, to] = range(input, random);
  const times = 1 + random.below(random.below(8) === 0 ? 200 : 4);
  const piece = input.subarray(from, to);
  const copies = new Array<Buffer>(Math.min(times, Math.ceil(longest / Math.max(1, piece.length)))).fill(
    piece,
  );
  return Buffer.concat([input.subarray(0, to), ...copies, input.subarray(to)]);
}

function insertRandom(input: Buffer, random: Random): Buffer {
  const piece = Buffer.alloc(1 + random.below(8), 0).map(() => random.below(256));
  return insertAt(input, random.below(input.length + 1), Buffer.from(piece));
}

/** Numbers in text are lengths, ids and versions. */
function addDigit(input: Buffer, random: Random): Buffer {
  const start = random.below(input.length + 1);
  const at = input.subarray(start).findIndex((byte) => byte >= 0x30 && byte <= 0x39);
  if (at < 0) return input;
  const digit = Buffer.from(String(random.below(10)));
  return random.below(2) === 0
    ? insertAt(input, start + at, digit)
    : Buffer.concat([input.subarray(0, start + at), digit, input.subarray(start + at + 1)]);
}

function splice(input: Buffer, random: Random, other: Buffer): Buffer {
  const [from, to] = range(other, random);
  const [start, end] = range(input, random);
  return Buffer.concat([input.subarray(0, start), other.subarray(from, to), input.subarray(end)]);
}

function insertWord(input: Buffer, random: Random, words: readonly Buffer[]): Buffer {
  return insertAt(input, random.below(input.length + 1), words[random.below(words.length)] ?? input);
}

function overwriteWord(input: Buffer, random: Random, words: readonly Buffer[]): Buffer {
  const word = words[random.below(words.length)] ?? Buffer.alloc(0);
  const at = random.below(input.length + 1);
  return Buffer.concat([input.subarray(0, at), word, input.subarray(at + word.length)]);
}

function truncate(input: Buffer, random: Random): Buffer {
  return input.subarray(0, random.below(input.length + 1));
}

function insertAt(input: Buffer, at: number, piece: Buffer): Buffer {
  return Buffer.concat([input.subarray(0, at), piece, input.subarray(at)]);
}

function range(input: Buffer, random: Random): readonly [number, number] {
  const from = random.below(input.length + 1);
  const length = random.below(Math.min(input.length - from, 64) + 1);
  return [from, from + length];
}

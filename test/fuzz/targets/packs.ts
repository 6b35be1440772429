/** Packs and loose objects as an agent sends them. The first byte chooses which of the two. */
import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { parseBatch, parseLooseObjects } from '../../../daemon/commit/offered-blobs';
import { parsePlainPack } from '../../../daemon/git/parse-plain-pack';
import { assertOid } from '../../../shared/ids';
import { must, type FuzzTarget } from '../harness/target';

const limits = { objectBytes: 4096, totalBytes: 8192, objects: 8 };
const content = Buffer.from('hello\n');
const id = assertOid(createHash('sha1').update('blob 6\0').update(content).digest('hex'));
const wanted = new Set([id]);

export const packs: FuzzTarget = {
  name: 'packs',
  seeds: [
    Buffer.concat([Buffer.from('p'), packOf([content])]),
    Buffer.concat([Buffer.from('p'), packOf([content, Buffer.alloc(4000)])]),
    Buffer.concat([Buffer.from('l'), looseOf(content)]),
    Buffer.concat([Buffer.from('b'), Buffer.from(`${id} blob 6\n`), content, Buffer.from('\n')]),
  ],
  words: [
    'PACK',
    '\x00\x00\x00\x02',
    '\x00\x00\x00\x01',
    '\x78\x9c',
    '\x78\x01',
    'blob ',
    `${id} `,
    '\n',
    '\xff\xff\xff\xff',
    '\x36',
    '\xb6\xff\xff\x7f',
  ],
  run: (input) => {
    const rest = input.subarray(1);
    if (input[0] === 0x70) checkPack(rest);
    else if (input[0] === 0x6c)
      for (const blob of parseLooseObjects(rest, wanted)) must(blob.id === id, 'only what was asked for');
    else for (const blob of parseBatch(rest, wanted)) must(blob.id === id, 'only what was asked for');
  },
};

function checkPack(pack: Buffer): void {
  const objects = parsePlainPack(pack, limits);
  if (objects === null) return;
  must(objects.length <= limits.objects, 'objects are counted');
  let total = 0;
  for (const object of objects) {
    total += object.content.length;
    must(object.content.length <= limits.objectBytes && total <= limits.totalBytes, 'sizes are bounded');
    const hash = createHash('sha1')
      .update(`${object.type} ${String(object.content.length)}\0`)
      .update(object.content);
    must(object.id === hash.digest('hex'), 'an id is the hash of its object');
  }
}

function packOf(blobs: readonly Buffer[]): Buffer {
  const header = Buffer.alloc(12);
  header.write('PACK');
  header.writeUInt32BE(2, 4);
  header.writeUInt32BE(blobs.length, 8);
  const body = Buffer.concat([header, ...blobs.flatMap((blob) => [sizeOf(blob.length), deflateSync(blob)])]);
  return Buffer.concat([body, createHash('sha1').update(body).digest()]);
}

/** Type blob (3) and the size in git's variable length. */
function sizeOf(length: number): Buffer {
  const bytes = [(3 << 4) | (length & 15)];
  for (let rest = length >> 4; rest > 0; rest >>= 7) {
    bytes.push((bytes.pop() ?? 0) | 0x80, rest & 0x7f);
  }
  return Buffer.from(bytes);
}

function looseOf(blob: Buffer): Buffer {
  const packed = deflateSync(Buffer.concat([Buffer.from(`blob ${String(blob.length)}\0`), blob]));
  return Buffer.concat([Buffer.from(`${id} ${String(packed.length)}\n`), packed]);
}

/** What a scenario's scripts have recorded: a tar archive in, one record per step out. It judges nothing. */

export interface StepRecord {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Refs, reflogs, index, work tree and what else lies in the git directory; null for a preparation. */
  readonly state: string | null;
}

/** By number of the step; a step that was not reached is missing. */
export type Records = ReadonlyMap<number, StepRecord>;

/** All files of all archives, by name. Texts are read as bytes, one per character. */
export function readFiles(archives: readonly Buffer[]): ReadonlyMap<string, string> {
  return new Map(archives.flatMap((archive) => [...entriesOf(archive)]));
}

export function readRecords(
  files: ReadonlyMap<string, string>,
  normalize: (text: string) => string,
): Records {
  const records = new Map<number, StepRecord>();
  for (const [name, code] of files) {
    const number = /^(\d+)\.code$/.exec(name)?.[1];
    if (number === undefined) continue;
    const text = (kind: string) => {
      const content = files.get(`${number}.${kind}`);
      return content === undefined ? null : normalize(content);
    };
    records.set(Number(number), {
      exitCode: Number(code),
      stdout: text('out') ?? '',
      stderr: text('err') ?? '',
      state: text('state'),
    });
  }
  return records;
}

const blockBytes = 512;

/** Regular files of a tar archive: name and size are in a header of one block, the content is padded to blocks. */
function* entriesOf(archive: Buffer): Generator<readonly [name: string, content: string]> {
  for (let offset = 0; offset + blockBytes <= archive.length && archive[offset] !== 0;) {
    const header = archive.subarray(offset, offset + blockBytes);
    const name = header.toString('latin1', 0, 100).replace(/\0.*$/s, '').replace(/^\.\//, '');
    const size = Number.parseInt(header.toString('latin1', 124, 136), 8);
    offset += blockBytes;
    if (name !== '' && !name.endsWith('/'))
      yield [name, archive.toString('latin1', offset, offset + size)] as const;
    offset += Math.ceil(size / blockBytes) * blockBytes;
  }
}

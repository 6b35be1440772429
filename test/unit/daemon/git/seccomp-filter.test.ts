import { seccompFilter } from '../../../../daemon/git/seccomp-filter';

const x64 = 0xc000003e;
const allowed = 0x7fff0000;
const refusedWith = (errno: number) => 0x00050000 | errno;

/** Runs the program as the kernel does, over struct seccomp_data. */
function run(program: Buffer, architecture: number, number: number, argument = 0): number {
  const data: Readonly<Record<number, number>> = { 0: number, 4: architecture, 16: argument };
  let accumulator = 0;
  for (let at = 0; ; at += 1) {
    const code = program.readUInt16LE(at * 8);
    const [ifTrue, ifFalse] = [program.readUInt8(at * 8 + 2), program.readUInt8(at * 8 + 3)];
    const value = program.readUInt32LE(at * 8 + 4);
    if (code === 0x20) accumulator = data[value] ?? NaN;
    else if (code === 0x06) return value;
    else {
      const isTrue = {
        0x15: accumulator === value,
        0x35: accumulator >= value,
        0x45: (accumulator & value) !== 0,
      };
      at += isTrue[code as keyof typeof isTrue] ? ifTrue : ifFalse;
    }
  }
}

describe('the system-call filter', () => {
  const program = seccompFilter('x64') ?? Buffer.alloc(0);

  it.each([
    ['read', 0, 0, allowed],
    ['openat', 257, 0, allowed],
    ['clone of a thread', 56, 0x003d0f00, allowed],
    ['clone of a user namespace', 56, 0x10000011, refusedWith(1)],
    ['clone of a network namespace', 56, 0x40000011, refusedWith(1)],
    ['clone3', 435, 0, refusedWith(38)],
    ['a pair of sockets', 53, 1, allowed],
    ['a Unix socket', 41, 1, refusedWith(97)],
    ['an internet socket', 41, 2, refusedWith(97)],
    ['a netlink socket', 41, 16, refusedWith(97)],
    ['shared memory', 29, 0, refusedWith(1)],
    ['a message queue', 240, 0, refusedWith(1)],
    ['ptrace', 101, 0, refusedWith(1)],
    ['unshare', 272, 0, refusedWith(1)],
    ['mount_setattr', 442, 0, refusedWith(1)],
    ['an x32 call', 0x40000000, 0, refusedWith(38)],
  ])('answers %s as it should', (_name, number, argument, expected) => {
    expect(run(program, x64, number, argument)).toBe(expected);
  });

  it('refuses the calls of another architecture, and knows two processors', () => {
    expect(run(program, 0x40000003, 0)).toBe(refusedWith(38));
    expect(run(seccompFilter('arm64') ?? Buffer.alloc(0), 0xc00000b7, 198, 1)).toBe(refusedWith(97));
    expect(run(seccompFilter('arm64') ?? Buffer.alloc(0), 0xc00000b7, 63)).toBe(allowed);
    expect(seccompFilter('riscv64')).toBeNull();
  });
});

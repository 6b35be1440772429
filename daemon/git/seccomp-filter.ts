/**
 * The system-call filter of confined processes, as the kernel's BPF program: no way to other processes, mounts,
 * namespaces, kernel modules, keys or clocks, no socket of any kind and nothing of System V's and POSIX's messages, semaphores
 * and shared memory, so that namespaces for network and IPC are not needed beside it. Pure. Numbers are from the kernel's tables
 * (include/uapi/asm-generic/unistd.h, arch/x86/entry/syscalls/syscall_64.tbl).
 */

/** Old calls whose numbers differ by processor, each known for flaws or of no use to git and Node. */
const forbidden = {
  x64: [
    ...[29, 30, 31, 64, 65, 66, 67, 68, 69, 70, 71, 220, 240, 241, 242, 243, 244, 245],
    ...[101, 103, 133, 135, 155, 159, 161, 163, 164, 165, 166, 167, 168, 169, 170, 171, 172, 173, 175, 176],
    ...[179, 212, 227, 237, 238, 246, 248, 249, 250, 256, 259, 272, 278, 279, 298, 303, 304, 305, 308, 310],
    ...[311, 312, 313, 320, 321, 323],
  ],
  arm64: [
    ...[180, 181, 182, 183, 184, 185, 186, 187, 188, 189, 190, 191, 192, 193, 194, 195, 196, 197],
    ...[
      18, 33, 39, 40, 41, 42, 51, 60, 75, 89, 92, 97, 104, 105, 106, 112, 116, 117, 142, 161, 162, 170, 171,
    ],
    ...[217, 218, 219, 224, 225, 235, 237, 238, 239, 241, 264, 265, 266, 268, 270, 271, 272, 273, 280, 282],
    ...[294],
  ],
} as const;

/** The same on every processor: io_uring, the new mount calls, pidfd_getfd, mount_setattr. */
const forbiddenEverywhere = [425, 426, 427, 428, 429, 430, 431, 432, 433, 438, 442];

/** Its flags lie in memory, where a filter cannot look: without it the C library uses clone. */
const clone3 = 435;

const machines = {
  x64: { audit: 0xc000003e, clone: 56, socket: 41 },
  arm64: { audit: 0xc00000b7, clone: 220, socket: 198 },
} as const;

const anyNewNamespace = 0x7e020000;
const errno = { EPERM: 1, ENOSYS: 38, EAFNOSUPPORT: 97 } as const;

/** linux/bpf_common.h: load a word, jump if equal / greater or equal / any bit set, return. */
const code = { load: 0x20, jumpEqual: 0x15, jumpNotBelow: 0x35, jumpIfSet: 0x45, return: 0x06 } as const;
const allow = 0x7fff0000;
const fail = (number: number): number => 0x00050000 | number;
/** struct seccomp_data: number, architecture, and the lower half of the first argument. */
const offset = { number: 0, architecture: 4, firstArgument: 16 } as const;

type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, value: number];

/** null: there is no table for this processor (as in `process.arch`). */
export function seccompFilter(arch: string): Buffer | null {
  if (arch !== 'x64' && arch !== 'arm64') return null;
  const { audit, clone, socket } = machines[arch];
  const refuse = (number: number, error: number): readonly Instruction[] => [
    [code.jumpEqual, 0, 1, number],
    [code.return, 0, 0, fail(error)],
  ];
  return encode([
    [code.load, 0, 0, offset.architecture],
    [code.jumpEqual, 1, 0, audit],
    [code.return, 0, 0, fail(errno.ENOSYS)],
    [code.load, 0, 0, offset.number],
    // The x32 numbers of the same calls.
    [code.jumpNotBelow, 0, 1, 0x40000000],
    [code.return, 0, 0, fail(errno.ENOSYS)],
    ...[...forbidden[arch], ...forbiddenEverywhere].flatMap((number) => refuse(number, errno.EPERM)),
    ...refuse(clone3, errno.ENOSYS),
    ...refuse(socket, errno.EAFNOSUPPORT),
    [code.jumpEqual, 0, 3, clone],
    [code.load, 0, 0, offset.firstArgument],
    [code.jumpIfSet, 0, 1, anyNewNamespace],
    [code.return, 0, 0, fail(errno.EPERM)],
    [code.return, 0, 0, allow],
  ]);
}

/** struct sock_filter, little endian. */
function encode(program: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(program.length * 8);
  program.forEach(([operation, ifTrue, ifFalse, value], index) => {
    bytes.writeUInt16LE(operation, index * 8);
    bytes.writeUInt8(ifTrue, index * 8 + 2);
    bytes.writeUInt8(ifFalse, index * 8 + 3);
    bytes.writeUInt32LE(value >>> 0, index * 8 + 4);
  });
  return bytes;
}

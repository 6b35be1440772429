import { createRoom, missingRoom } from '../../../../daemon/storage/free-space';

const floor = { minFreeBytes: 1000, minFreeInodes: 10 };
const large = { totalBytes: 1_000_000, totalInodes: 1_000_000 };

test('below the floor, in bytes or in inodes, room is missing', () => {
  expect(missingRoom({ ...large, bytes: 1000, inodes: 10 }, floor)).toBeNull();
  expect(missingRoom({ ...large, bytes: 999, inodes: 10 }, floor)).toContain('999 bytes');
  expect(missingRoom({ ...large, bytes: 1000, inodes: 9 }, floor)).toContain('9 inodes');
});

test('a file system that counts no inodes has enough, and the floor of a small one is small', () => {
  expect(
    missingRoom({ bytes: 1000, totalBytes: 1_000_000, inodes: null, totalInodes: null }, floor),
  ).toBeNull();
  expect(missingRoom({ bytes: 21, totalBytes: 1000, inodes: 1, totalInodes: 20 }, floor)).toBeNull();
});

test('the daemon that may take nothing new says so by name, and asks the kernel again later', async () => {
  let time = 0;
  let minFreeBytes = 0;
  const room = createRoom(
    '/',
    () => ({ minFreeBytes, minFreeInodes: 0 }),
    () => time,
  );
  await room.require();
  minFreeBytes = 1024 ** 5;
  await room.require();
  time = 5000;
  // On any file system of less than fifty pebibytes two percent of it decide: full is a matter of this machine.
  await room.require().catch((error: unknown) => expect(error).toMatchObject({ code: 'storage-full' }));
});

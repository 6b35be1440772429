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

test('without room nothing new is taken, until there is some again: at once, not after a while', async () => {
  let time = 0;
  let bytes = 2000;
  let looks = 0;
  const look = () => {
    looks += 1;
    return Promise.resolve({ ...large, bytes, inodes: 1000 });
  };
  const room = createRoom(
    look,
    () => floor,
    () => time,
  );
  await room.require();
  bytes = 500;
  await room.require();
  expect(looks).toBe(1);
  time = 5000;
  await expect(room.require()).rejects.toMatchObject({ code: 'storage-full' });
  bytes = 2000;
  await room.require();
  await room.require();
  expect(looks).toBe(3);
});

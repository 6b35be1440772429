import { isAtOrBelow, parseMountInfo } from '../../../../daemon/storage/mount-table';

test('mount points, options and devices are read, with the escapes of the kernel', () => {
  const text = [
    '36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue',
    '37 36 7:3 / /a\\040b\\134c rw,nosuid,nodev,noexec - ext4 /dev/loop3 rw',
    '',
  ].join('\n');
  const mounts = parseMountInfo(text).map(({ options, ...rest }) => ({ ...rest, options: [...options] }));
  expect(mounts).toEqual([
    { mountPoint: '/mnt2', device: '98:0', options: ['rw', 'noatime'] },
    { mountPoint: '/a b\\c', device: '7:3', options: ['rw', 'nosuid', 'nodev', 'noexec'] },
  ]);
});

test('a folder whose name only begins like another is not below it', () => {
  expect(isAtOrBelow('/a/b', '/a/b')).toBe(true);
  expect(isAtOrBelow('/a/b/c', '/a/b')).toBe(true);
  expect(isAtOrBelow('/a/bc', '/a/b')).toBe(false);
});

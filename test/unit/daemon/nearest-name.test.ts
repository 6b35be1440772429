import { nearestName } from '../../../daemon/nearest-name';

test.each([
  ['frameByte', 'frameBytes'],
  ['FRAMEBYTES', 'frameBytes'],
  ['nestng', 'nesting'],
  ['zzzzzzzz', undefined],
  ['', undefined],
  ['x'.repeat(100000), undefined],
])('the name nearest to %.20s is %s', (wanted, expected) => {
  expect(nearestName(wanted, ['frameBytes', 'nesting'])).toBe(expected);
});

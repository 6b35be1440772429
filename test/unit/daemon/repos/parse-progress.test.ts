import {
  createProgressParser,
  parseProgressLine,
  type Progress,
} from '../../../../daemon/repos/parse-progress';

describe('progress of git', () => {
  it('finds stage and percentage in lines that arrive in pieces', () => {
    const seen: Progress[] = [];
    const feed = createProgressParser((progress) => seen.push(progress));
    feed('remote: Enumerating objects: 5, done.\nReceiving obj');
    feed('ects:  40% (2/5)\rReceiving objects: 100% (5/5), done.\n');
    expect(seen.map(({ stage, percent }) => [stage, percent])).toEqual([
      ['enumerating', null],
      ['receiving', 40],
      ['receiving', 100],
    ]);
  });

  it('ignores everything else', () => {
    expect(parseProgressLine('remote: welcome to 100% fun')).toBeNull();
    expect(parseProgressLine('')).toBeNull();
  });
});

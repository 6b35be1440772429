import { createProgressBar, renderProgress } from '../../../../client/ctl/progress-bar';
import { recordStream } from './recording-terminal';

describe('the progress bar', () => {
  test('draws over itself, not at all for the same line, and leaves nothing behind', () => {
    const stream = recordStream({ columns: 60 });
    const bar = createProgressBar(stream);
    const progress = { stage: 'copying', percent: 50, message: '1 of 2' };
    bar.show(progress);
    bar.show(progress);
    bar.clear();
    bar.clear();
    expect(stream.text()).toBe('\r\x1b[Kcopying [##########..........]  50% 1 of 2\r\x1b[K');
  });

  test('is silent when nobody sees it', () => {
    const stream = recordStream({ columns: null });
    const bar = createProgressBar(stream);
    bar.show({ stage: 'copying', percent: 50, message: '' });
    bar.clear();
    expect(stream.text()).toBe('');
  });

  test('has no bar when the share is unknown, and stays inside 0 to 100', () => {
    expect(renderProgress({ stage: 'fetching', percent: null, message: 'x' }, 80)).toBe('fetching x');
    expect(renderProgress({ stage: 's', percent: 250, message: '' }, 80)).toBe(`s [${'#'.repeat(20)}] 100%`);
    expect(renderProgress({ stage: 's', percent: -1, message: '' }, 80)).toBe(`s [${'.'.repeat(20)}]   0%`);
  });

  test('fits the terminal and escapes what a remote printed', () => {
    const line = renderProgress(
      { stage: 'remote', percent: null, message: `\x1b[2J\r${'x'.repeat(200)}` },
      40,
    );
    expect(line).toHaveLength(39);
    expect(line).toContain('\\x1b[2J\\r');
  });
});

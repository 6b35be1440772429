import { runtimeError } from '../../../../daemon/runtime/engine-errors';
import { GitisoError } from '../../../../shared/errors';

test.each([
  [{ code: 'ECONNREFUSED' }, 'runtime-unavailable'],
  [{ code: 'ENOENT' }, 'runtime-unavailable'],
  [{ code: 'EACCES' }, 'runtime-unavailable'],
  [{ statusCode: 404, json: { message: 'No such image: x:y' } }, 'image-not-found'],
  [{ statusCode: 404, json: { message: 'No such container: x' } }, 'runtime-failed'],
  [{ statusCode: 500, json: { message: 'disk\nfull' } }, 'runtime-failed'],
  [new Error('unexpected'), 'runtime-failed'],
])('what the engine reports as %j is %s', (error, code) => {
  expect(runtimeError(error, 'act')).toMatchObject({ code, cause: error });
});

test('the reason of the engine is on one line, and an error of the catalogue is kept', () => {
  expect(runtimeError({ statusCode: 500, json: { message: 'disk\nfull' } }, 'act').message).toBe(
    'could not act: disk full',
  );
  const own = new GitisoError('timed-out', 'too slow');
  expect(runtimeError(own, 'act')).toBe(own);
});

import { ConnectError, exitOfReason, explainError } from '../../../../client/ctl/explain-error';
import { Interruption } from '../../../../client/ctl/terminal';
import { UsageError } from '../../../../client/ctl/usage-error';
import { errorCatalogue, GitisoError, type ErrorCode } from '../../../../shared/errors';

describe('an error', () => {
  test('of the daemon keeps its message and hint and exits as the catalogue says', () => {
    for (const [code, { exit, hint }] of Object.entries(errorCatalogue)) {
      expect(explainError(new GitisoError(code as ErrorCode, 'facts'))).toEqual({
        reason: code,
        message: 'facts',
        hint,
        exit,
      });
    }
  });

  test('inside the daemon names the request that its log tells about', () => {
    const error = new GitisoError('internal-error', 'failed', { details: { requestId: 'r-17' } });
    expect(explainError(error).hint).toMatch(/request id: r-17$/);
  });

  test('with a reason that is not known here is one of software', () => {
    expect(exitOfReason('from-the-future')).toBe(70);
    expect(exitOfReason('toString')).toBe(70);
  });

  test.each([
    ['ENOENT', 'there is no such socket', 69, 'systemctl start gitiso'],
    ['ECONNREFUSED', 'nobody listens', 69, 'systemctl start gitiso'],
    ['EACCES', 'permission denied', 77, 'usermod -aG gitiso'],
    ['EAGAIN', 'EAGAIN', 69, 'systemctl start gitiso'],
    [undefined, 'closed the connection', 69, 'may have been carried out'],
  ])('of the connection (%s) names the socket, the cause and the next step', (code, cause, exit, hint) => {
    const explained = explainError(new ConnectError('/run/gitiso/gitisod.sock', code));
    expect(explained.message).toContain('/run/gitiso/gitisod.sock');
    expect(explained.message).toContain(cause);
    expect(explained.hint).toContain(hint);
    expect(explained.exit).toBe(exit);
  });

  test("of the connection to a user's own daemon does not send the user to systemctl", () => {
    const { hint } = explainError(new ConnectError('/run/user/7/gitiso/gitisod.sock', 'ENOENT'));
    expect(hint).toMatch(/^start gitisod, or name its socket with --socket or GITISO_SOCKET/);
  });

  test('of the command line, an interruption, and a defect have their exit codes', () => {
    expect(explainError(new UsageError('bad')).exit).toBe(64);
    expect(explainError(new Interruption('interrupted', 130)).exit).toBe(130);
    expect(explainError(new TypeError('x is not a function'))).toMatchObject({ exit: 70, reason: 'defect' });
    expect(explainError('text').message).toBe('text');
  });
});

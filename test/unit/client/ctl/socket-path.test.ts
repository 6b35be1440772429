import { chooseSocketPath, systemSocket } from '../../../../client/ctl/socket-path';

const user = { flag: undefined, env: { XDG_RUNTIME_DIR: '/run/user/1000' }, uid: 1000, exists: () => false };
const own = '/run/user/1000/gitiso/gitisod.sock';

describe('the socket', () => {
  test('is what --socket names, then what GITISO_SOCKET names', () => {
    const env = { ...user.env, GITISO_SOCKET: '/b.sock' };
    expect(chooseSocketPath({ ...user, env, flag: '/a.sock' })).toBe('/a.sock');
    expect(chooseSocketPath({ ...user, env })).toBe('/b.sock');
    expect(chooseSocketPath({ ...user, env: { ...user.env, GITISO_SOCKET: '' } })).toBe(own);
  });

  test("is the system's for root, where there is one, or where the user has no runtime directory", () => {
    expect(chooseSocketPath({ ...user, uid: 0 })).toBe(systemSocket);
    expect(chooseSocketPath({ ...user, exists: (path) => path === systemSocket })).toBe(systemSocket);
    expect(chooseSocketPath({ ...user, env: {} })).toBe(systemSocket);
  });

  test("is the user's own otherwise", () => {
    expect(chooseSocketPath(user)).toBe(own);
  });
});

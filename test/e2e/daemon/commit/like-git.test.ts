/**
 * The same session of git commands in an agent's workspace and in a plain clone, in one container: the real shim, the
 * real daemon and the real git must tell the same, but for ids and times.
 */
import { join } from 'node:path';
import type { RpcClient } from '../../../../client/rpc-client';
import { addRepo, createAgent, inAgentOk } from '../../../helpers/agents';
import { fsckStrict } from '../../../helpers/git';
import { startDaemon } from '../../../helpers/daemon';
import { makeRepo } from '../../../helpers/repo';

/** Shell lines, run one after the other in the same work tree. */
const session: readonly string[] = [
  'git commit -m nothing',
  'echo a > a; git add a; git commit -m "add a"',
  'echo b > b; git add b; git commit -m subject -m body',
  'echo more >> a; git commit -am "change a"',
  'echo more >> a; echo more >> b; git add b; git commit -m "only a" a; git status --short',
  'git commit -m "then b"',
  'echo more >> a; git commit -i -m "include a" a',
  'git commit --amend -m "amended"',
  'echo more >> a; git add a; git commit --amend --no-edit',
  'git commit --allow-empty -m empty',
  'git commit -m unknown -- nowhere',
  'mkdir -p sub; echo s > sub/s; git add sub; cd sub; git commit -m "from a subfolder"',
  'echo t > sub/t; git add sub; git -C sub commit -m "with -C"',
  'echo u > "with space"; git add .; git commit -F - <<end\nfrom input\n\nbody\nend',
  'echo message > /tmp/message; echo v >> a; git commit -aF /tmp/message',
  'echo w >> a; git commit -qam quiet',
  'echo w >> a; git commit -am "-n"',
  'echo w >> a; git commit -a -s -m signed --trailer "Reviewed-by: R <r@x>"',
  'echo w >> a; git commit -am dated --date=2005-04-07T22:13:13+0200 --author="Other <other@x>"',
  'git commit --amend --no-edit --reset-author',
  'echo w >> a; git commit -a -C HEAD~1',
  'git mv a renamed; git rm -q b; chmod +x sub/s; ln -s renamed link; git add -A; git commit -m "all kinds"',
  "printf '\\344nderung\\n' > /tmp/bytes; git commit --allow-empty -F /tmp/bytes",
  'git commit -m "$(printf "# a\\n\\n\\nb  \\n")" --allow-empty',
  'git commit --cleanup=strip -m "$(printf "# a\\nb")" --allow-empty',
  'git commit --allow-empty -m ""',
  'git commit --allow-empty --allow-empty-message -m ""',
  'git commit --allow-empty --fixup=HEAD~2',
  'git commit --unknown-option',
  'git commit -m x -F y',
  'git commit --dry-run',
  'git commit -m --dry-run --allow-empty',
  'GIT_EDITOR=true git commit --amend',
  'GIT_EDITOR="echo typed >" git commit --allow-empty',
  'GIT_EDITOR="echo more >>" git commit --allow-empty -e -m edited',
  'echo p > p; git add p; git commit -qm p; echo q >> p; echo y | git commit -p -m "a part"; git status --short',
  'git switch -qc topic HEAD~1; git commit --allow-empty -m aside; git switch -q -; git merge -q --no-ff --no-commit topic; git commit -m merged',
  'git log --format=%s%d -1; git log --format=%p -1 | wc -w; git branch -D topic | cut -d" " -f1-3',
  'git switch -q --detach; git commit --allow-empty -m detached | sed s/HEAD.*]/HEAD/; git switch -q - 2>/dev/null; git log --format=%s -1',
  'echo i > intended; git add -N intended; git commit -m "not intended"; git status --short',
  'git config core.hooksPath /tmp/hooks; mkdir -p /tmp/hooks; printf "#!/bin/sh\\necho \\$1 >> seen; git add seen" > /tmp/hooks/pre-commit; chmod +x /tmp/hooks/pre-commit; echo h > h; git add h; git commit -m hooked',
  'printf "#!/bin/sh\\necho refused >&2; exit 1" > /tmp/hooks/commit-msg; chmod +x /tmp/hooks/commit-msg; git commit --allow-empty -m refused',
  'git commit --allow-empty -n -m "not verified"; rm -rf /tmp/hooks; git config --unset core.hooksPath',
  'git config alias.ci "commit -q"; git ci --allow-empty -m "an alias"',
  'git log --first-parent --format="%an <%ae> %cn%n%B%T" -40; git reflog --format=%gs | grep -v ^clone | sed -E "s/[0-9a-f]{40}/id/"; git status --short',
];

let client: RpcClient;
let repository: string;

beforeAll(async () => {
  const daemon = await startDaemon();
  client = await daemon.connect();
  repository = join(daemon.stateDirectory, 'repos', 'r.git');
  await addRepo(client, await makeRepo({ files: 5 }));
  await createAgent(client, 'like-git');
});

test('a session of commits looks the same in a workspace and in a plain clone', async () => {
  const prepared = [
    'mkdir -p /tmp/session && cd /tmp/session',
    'git clone -q --shared --branch "$(git -C /workspace branch --show-current)" /workspace plain',
    'for key in user.name user.email; do git -C plain config $key "$(git -C /workspace config $key)"; done',
    'git -C plain remote remove origin',
  ].join('\n');
  await inAgentOk(client, 'like-git', prepared);
  for (const line of session) {
    const native = await run('/tmp/session/plain', line);
    expect([line, await run('/workspace', line)]).toEqual([line, native]);
  }
  await fsckStrict(repository);
});

const refused: readonly (readonly [line: string, text: RegExp])[] = [
  ['git commit -S -m x', /^fatal: gitiso: commits are not signed in the container \(--gpg-sign\)\nhint: /],
  ['git -c commit.gpgSign=true commit -e -m x', /^fatal: gitiso: .* \(commit\.gpgSign\)\nhint: /],
  [
    'GIT_COMMITTER_NAME=Other git commit --allow-empty -m x',
    /^fatal: gitiso: .* \(identity-committer\)\n(hint: .*\n)*hint: .*GIT_COMMITTER_NAME$/,
  ],
  [
    'GIT_EDITOR="echo x >" GIT_COMMITTER_NAME=Other git commit --allow-empty',
    /gitiso: .*committer must be the agent \(identity-committer\)/,
  ],
];

test.each(refused)('a commit is refused, whoever would make it: %s', async (line, text) => {
  const shell = `cd /workspace; before=$(git rev-parse HEAD); ${line} 2>&1; echo "exit code $?"; test $(git rev-parse HEAD) = $before`;
  const [said = '', end] = (await inAgentOk(client, 'like-git', shell)).split(/\n(?=exit code)/);
  expect(said).toMatch(text);
  expect(end).toBe('exit code 128');
});

/** Output without ids and times. */
async function run(folder: string, line: string): Promise<string> {
  const script = `cd ${folder}\nexport TZ=UTC\n( ${line}\n) >/tmp/out 2>/tmp/err; echo "exit code $?"; cat /tmp/out /tmp/err`;
  const text = await inAgentOk(client, 'like-git', script);
  return text
    .replaceAll(/\[(\S+) [0-9a-f]{7,}\]/g, '[$1 id]')
    .replaceAll(/\b[0-9a-f]{40}\b/g, (id) => (line.includes('%T') ? id : 'id'))
    .replaceAll(/ Date: .*/g, ' Date: …');
}

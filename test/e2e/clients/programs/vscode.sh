# The command lines of VS Code's git extension in a session: opening a folder, looking, committing, branches, sync.
# Prints each with its result; object ids and what depends on the time are left out.

cd /workspace || exit
mkdir -p /tmp/vscode && cd /tmp/vscode || exit
cat >editor-main.js <<'END'
const fs = require('node:fs');
const path = process.argv[process.argv.length - 1];
fs.writeFileSync(path, 'edited in a tab\n' + fs.readFileSync(path, 'utf8'));
END
echo 'process.exitCode = 1;' >askpass-main.js
printf '#!/bin/sh\nELECTRON_RUN_AS_NODE="1" "$VSCODE_GIT_EDITOR_NODE" "$VSCODE_GIT_EDITOR_MAIN" $VSCODE_GIT_EDITOR_EXTRA_ARGS "$@"\n' >git-editor.sh
printf '#!/bin/sh\n"$VSCODE_GIT_ASKPASS_NODE" "$VSCODE_GIT_ASKPASS_MAIN" $*\n' >askpass.sh
chmod +x git-editor.sh askpass.sh
export LC_ALL=en_US.UTF-8 LANG=en_US.UTF-8 GIT_PAGER=cat VSCODE_GIT_COMMAND=git
export GIT_ASKPASS=/tmp/vscode/askpass.sh VSCODE_GIT_ASKPASS_NODE=/usr/bin/node VSCODE_GIT_ASKPASS_EXTRA_ARGS=
export VSCODE_GIT_ASKPASS_MAIN=/tmp/vscode/askpass-main.js VSCODE_GIT_IPC_HANDLE=/tmp/vscode/ipc.sock
export GIT_EDITOR='"/tmp/vscode/git-editor.sh"' VSCODE_GIT_EDITOR_NODE=/usr/bin/node VSCODE_GIT_EDITOR_EXTRA_ARGS=
export VSCODE_GIT_EDITOR_MAIN=/tmp/vscode/editor-main.js
cd /workspace || exit

show() {
  echo "\$ git $*"
  { git "$@" 2>&1; echo "=> $?"; } | tr '\0' '|' | sed -E 's/\b[0-9a-f]{40}\b/OID/g; s/\b[0-9a-f]{7}\b/oid/g; s/\b[0-9]{10}\b/TIME/g; s/^ Date: .*/ Date/'
}
feed() { printf "$1" >/tmp/vscode/input; shift; show "$@" </tmp/vscode/input; }
commit_format='%H%n%aN%n%aE%n%at%n%ct%n%P%n%D%n%B'
ref_format='%(refname)%00%(upstream:short)%00%(objectname)%00%(upstream:track)%00%(upstream:remotename)%00%(upstream:remoteref)'

echo changed >>a; echo new >'new file'; mkdir -p sub; echo ü >sub/ü; echo '*.log' >.gitignore; : >x.log
show rev-parse --show-toplevel
show rev-parse --git-dir --git-common-dir
show config --get commit.template
show config --local --get-all user.name
show -c core.quotePath=false status --porcelain=v2 -z --branch -uall
show status -z -uall
show for-each-ref --sort -committerdate --format "$ref_format" refs/heads/agent/a
show for-each-ref --format='%(refname)%00%(objectname)%00%(*objectname)' refs/heads/main refs/tags
show remote --verbose
show symbolic-ref --short refs/remotes/origin/HEAD
show merge-base refs/heads/agent/a refs/remotes/origin/feature
show rev-list --left-right --count agent/a...refs/remotes/origin/feature
feed 'x.log\0a\0' check-ignore -v -z --stdin
show ls-files --stage -z -- a
show ls-tree -l HEAD -- a
show show --textconv HEAD:a
show cat-file -s HEAD:a
show diff --name-status -z --diff-filter=ADMR --
show add -A -- .
show diff --cached --name-status -z --diff-filter=ADMR
feed 'a message\n\nwith a body\n' -c user.useConfigOnly=true commit --quiet --allow-empty-message --file -
show commit --quiet --allow-empty
feed '' commit --quiet --allow-empty-message --allow-empty --file -
show log -n 3 "--format=$commit_format" -z --topo-order --decorate=full --shortstat
show show -s --decorate=full --shortstat "--format=$commit_format" -z HEAD~1 --
show branch -q new-branch HEAD~1
show checkout -q -b other --no-track
show branch -d new-branch
show branch -m other renamed
echo stashed >>a
show stash push -u -m 'from VS Code'
show stash list --format=%gd:%s -z
show stash pop --index 'stash@{0}'
show reset -q HEAD -- a
show checkout -q -- a
show checkout -q agent/a --
show merge renamed
show tag release-1 -m '' HEAD
show tag -d release-1
show revert --no-edit HEAD~2
show reset --hard HEAD~1
show blame --root --incremental HEAD -- 'new file'
show fetch --dry-run origin
show push --dry-run origin agent/a:agent/a
show push -u origin agent/a
show pull --tags origin agent/a
show push --delete origin agent/a
show ls-remote --get-url origin
show status --porcelain=v2 -z --branch -uall

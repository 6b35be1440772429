# The beginning of every script that runs steps of a scenario: what it records lies in $records, as files
# <step>.out, <step>.err, <step>.code and <step>.state.

records=/tmp/gitiso-records
mkdir -p "$records"
cd /workspace || exit
uname -n >"$records/hostname"

# Only the real git and without anything a scenario has set: to look must change nothing.
look() { env -i HOME="$HOME" PATH=/usr/bin:/bin GIT_OPTIONAL_LOCKS=0 git "$@"; }

# What git and other programs can see of the workspace now.
probe() (
  cd /workspace || exit
  exec >"$records/$1.state" 2>&1
  echo '@@@ refs'
  look for-each-ref --format='%(refname) %(objectname)%(if)%(symref)%(then) -> %(symref)%(end)'
  echo '@@@ index'
  look ls-files --stage -v
  echo '@@@ fsck'
  look fsck --no-dangling --no-progress
  echo "exit code $?"
  echo '@@@ work tree'
  find . -name .git -prune -o -printf '%y %m %p %l\n' -type f -exec sha1sum {} +
  echo '@@@ git directory'
  find .git \( -name objects -o -name refs -o -path .git/gitiso \) -prune -o -type f \
    ! -name index ! -name packed-refs ! -path '.git/hooks/reference-transaction*' -exec tail -v -n +1 {} +
)

# Every step has its time: the same commands give the same objects everywhere.
begin() {
  tick=$((1112911993 + 600 * $1))
  set_time
}
set_time() { export GIT_AUTHOR_DATE="$tick -0700" GIT_COMMITTER_DATE="$tick -0700"; }

# end <step> <exit code>
end() {
  echo "$2" >"$records/$1.code"
  probe "$1"
}

# For preparation: one commit for each name, with a file <name>.t, a minute apart.
make_commits() {
  for name; do
    tick=$((tick + 60))
    set_time
    echo "$name" >"$name.t"
    git add "$name.t" && git commit -q -m "$name" || return
  done
}

# A file of one line for each word.
lines() { printf '%s\n' "$@"; }

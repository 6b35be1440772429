/** The scripts that connect a shell's completion to the hidden command `__complete`; they hold no list of commands. */

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/**
 * `__complete SHELL -- WORDS...` prints a line `words`, `files` or `directories`, then one candidate per line,
 * where a tab separates a summary. It prints nothing else and never fails.
 */
export const completionScripts: Readonly<Record<Shell, string>> = {
  bash: `# bash completion for gitisoctl. Load it with: source <(gitisoctl completion bash)
_gitisoctl() {
  local program=\${1/#\\~/$HOME} current=\${COMP_WORDS[COMP_CWORD]} line
  local -a lines
  [[ $current == = ]] && current=
  COMPREPLY=()
  mapfile -t lines < <("$program" __complete bash -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  case \${lines[0]-} in
    files)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
      ;;
    directories)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -d -- "$current")
      ;;
    words)
      for line in "\${lines[@]:1}"; do
        COMPREPLY+=("\${line%%$'\\t'*}")
      done
      ;;
  esac
}
complete -F _gitisoctl gitisoctl
`,
  zsh: `#compdef gitisoctl
# zsh completion for gitisoctl. Put it into a folder of $fpath as _gitisoctl, or: source <(gitisoctl completion zsh)
_gitisoctl() {
  local directive line value
  local -a lines candidates
  lines=("\${(@f)$("\${(Q)words[1]/#\\~/$HOME}" __complete zsh -- "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  directive=$lines[1]
  case $directive in
    files)
      compset -P '--*='
      _files
      ;;
    directories)
      compset -P '--*='
      _files -/
      ;;
    words)
      for line in "\${(@)lines[2,-1]}"; do
        value=\${line%%$'\\t'*}
        candidates+=("\${value//:/\\\\:}:\${line#*$'\\t'}")
      done
      (( \${#candidates} )) && _describe 'gitisoctl' candidates
      ;;
  esac
}
if [[ \${funcstack[1]-} == _gitisoctl ]]; then
  _gitisoctl "$@"
else
  compdef _gitisoctl gitisoctl
fi
`,
  fish: `# fish completion for gitisoctl. Put it into ~/.config/fish/completions/gitisoctl.fish
function __gitisoctl_complete
    set -l current (commandline -ct)
    test (count $current) -eq 0; and set current ''
    set -l words (commandline -opc)
    set -l lines ($words[1] __complete fish -- $words[2..-1] $current 2>/dev/null)
    switch "$lines[1]"
        case files
            __fish_complete_path (string replace -r -- '^--[^=]*=' '' $current)
        case directories
            __fish_complete_directories (string replace -r -- '^--[^=]*=' '' $current)
        case words
            printf '%s\\n' $lines[2..-1]
    end
end
complete -c gitisoctl -f -a '(__gitisoctl_complete)'
`,
};

/** bash splits `--repo=x` into three words at the cursor's place; this joins them again. */
export function joinBashWords(words: readonly string[]): {
  readonly words: readonly string[];
  /** What bash keeps of the last word by itself, so that candidates must not repeat it. */
  readonly kept: string;
} {
  const joined: string[] = [];
  let kept = '';
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    const previous = joined.at(-1);
    if (word === '=' && previous !== undefined && /^--[a-z-]+$/.test(previous)) {
      index += 1;
      kept = `${previous}=`;
      joined[joined.length - 1] = kept + (words[index] ?? '');
      continue;
    }
    kept = '';
    joined.push(word);
  }
  return { words: joined, kept };
}

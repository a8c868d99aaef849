/**
 * Scripts for shells. Each asks `windlass complete -- WORDS…` for what may stand where the cursor is, and gets a line a
 * candidate, with its description after a tab, or `:files`. Nothing that was typed is evaluated. Pure.
 */

export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

/** Stands for names of files, which the shell knows best. */
export const filesAnswer = ":files";

const bash = `# bash completion for windlass
_windlass() {
  local line typed=\${COMP_WORDS[COMP_CWORD]}
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == ${filesAnswer} ]]; then
      compopt -o filenames 2>/dev/null
      while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "\${typed#=}")
    else
      COMPREPLY+=("\${line%%$'\\t'*}")
    fi
  done < <(windlass complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _windlass windlass
`;

const zsh = `#compdef windlass
_windlass() {
  local -a lines described
  lines=("\${(@f)$(windlass complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ $lines[1] == ${filesAnswer} ]]; then
    _files
    return
  fi
  described=("\${(@)lines/$'\\t'/:}")
  _describe -V windlass described
}
if [[ $funcstack[1] == _windlass ]]; then _windlass "$@"; else compdef _windlass windlass; fi
`;

const fish = `# fish completion for windlass
function __windlass_complete
  set -l words (commandline -opc)
  set -l typed (commandline -ct)
  set -l lines (windlass complete -- $words[2..-1] "$typed" 2>/dev/null)
  if test "$lines[1]" = "${filesAnswer}"
    __fish_complete_path "$typed"
  else
    printf '%s\\n' $lines
  end
end
complete -c windlass -f -k -a '(__windlass_complete)'
`;

export const completionScripts: Readonly<Record<Shell, string>> = { bash, zsh, fish };

/** Shells that there is a script for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type ShellName = (typeof SHELLS)[number]

/** The command that the scripts ask; not in the help, because people do not type it. */
export const ASKED_COMMAND = 'completion-words'

/**
 * A script that completes the words of this program in a shell. It asks the program at each Tab: what is offered fits the
 * installed version, and keys and agents are those of this moment. Where the program fails, or a path is due, the shell
 * offers files.
 */
export function completionScript(shell: ShellName, name: string): string {
  return SCRIPTS[shell](name, `_${name.replaceAll(/\W/g, '_')}`)
}

const SCRIPTS: Record<ShellName, (name: string, call: string) => string> = {
  /** Sends the line, not its words: bash takes keys apart at their colons, and only the line says what belongs together. */
  bash: (name, call) => `${call}() {
  local program=$1 replies reply
  COMPREPLY=()
  type -P -- "$program" >/dev/null || program=${name}
  if replies=$("$program" ${ASKED_COMMAND} bash -- "\${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" 2>/dev/null); then
    [ -z "$replies" ] || while IFS= read -r reply; do COMPREPLY+=("$reply"); done <<< "$replies"
  else
    compopt -o default 2>/dev/null
  fi
}
complete -F ${call} ${name}
`,
  zsh: (name, call) => `#compdef ${name}
${call}() {
  local program=\${(Q)words[1]} replies reply
  local -a values shown
  whence -p -- "$program" >/dev/null || program=${name}
  replies=$("$program" ${ASKED_COMMAND} zsh -- "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null) || { _files; return }
  for reply in "\${(@f)replies}"; do
    [[ -n $reply ]] || continue
    values+=("\${reply%%$'\\t'*}")
    shown+=("\${reply/$'\\t'/  -- }")
  done
  compadd -l -d shown -a -- values
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then ${call} "$@"; else compdef ${call} ${name}; fi
`,
  fish: (name, call) => `function ${call}
    set -l typed (commandline -opc) (commandline -ct)
    ${name} ${ASKED_COMMAND} fish -- $typed[2..] 2>/dev/null
    or __fish_complete_path (commandline -ct)
end
complete -c ${name} -f -a '(${call})'
`,
}

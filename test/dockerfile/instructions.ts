/** One instruction of a Dockerfile: `RUN`, and everything after it on its joined lines. */
export interface Instruction {
  readonly name: string
  readonly rest: string
}

/** One `FROM` and what follows it. */
export interface Stage {
  readonly name: string
  readonly instructions: readonly Instruction[]
}

/** Stages of a Dockerfile in order; global `ARG`s are left out. Comments and continuation lines are resolved. */
export function parseDockerfile(text: string): Stage[] {
  const joined = text.replace(/^\s*#.*\n/gm, '').replace(/\\\n/g, ' ')
  const stages: { name: string; instructions: Instruction[] }[] = []
  for (const line of joined.split('\n')) {
    const match = /^\s*([A-Z]+)\s+(.*\S)\s*$/.exec(line)
    if (match === null) continue
    const [, name = '', rest = ''] = match
    if (name === 'FROM') stages.push({ name: stageName(rest, stages.length), instructions: [] })
    else stages.at(-1)?.instructions.push({ name, rest })
  }
  return stages
}

const stageName = (from: string, index: number) => /\bAS\s+(\S+)/i.exec(from)?.[1] ?? String(index)

/** Words of a command in exec form (`["node", "x"]`), or the shell that runs its shell form. */
export function commandWords(rest: string): string[] {
  return rest.startsWith('[') ? (JSON.parse(rest) as string[]) : ['/bin/sh', '-c', rest]
}

/** Options (`--from=build`) and words of a `COPY`. */
export function copyWords(rest: string): { options: Map<string, string>; words: string[] } {
  const all = rest.split(/\s+/)
  const options = all.filter((word) => word.startsWith('--'))
  return {
    options: new Map(
      options.map((word) => [word.slice(2).split('=')[0] ?? '', word.split('=')[1] ?? '']),
    ),
    words: all.filter((word) => !word.startsWith('--')),
  }
}

/** True for paths of the build context that `.dockerignore` leaves out. Knows names, folders and `*`; no `!`. */
export function ignoredBy(dockerignore: string): (path: string) => boolean {
  const patterns = dockerignore
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.replaceAll('.', '\\.').replaceAll('*', '[^/]*'))
  const all = new RegExp(`^(${patterns.join('|')})($|/)`)
  return (path) => all.test(path)
}

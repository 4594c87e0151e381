import { type Fields, isFields } from '../format/fields.js'

/** Which skills a session made use of: those whose file a tool call names. The rules are OpenClaw's. */
export class InvokedSkills {
  readonly #paths = new Set<string>()

  /** Takes what a tool was called with. */
  note({ arguments: value }: Fields): void {
    for (const path of pathsIn(value)) this.#paths.add(plain(path))
  }

  /** The skills that were there, each with whether it was used; anything else as it is. */
  mark(skills: unknown): unknown {
    if (!isFields(skills) || !Array.isArray(skills.entries) || skills.entries.length === 0)
      return skills
    return { ...skills, entries: skills.entries.map((entry: unknown) => this.#marked(entry)) }
  }

  #marked(entry: unknown): unknown {
    if (!isFields(entry)) return { invoked: false }
    const { filePath } = entry
    const isInvoked = typeof filePath === 'string' && this.#names(filePath)
    if (!isInvoked) return { ...entry, invoked: false }
    return { ...entry, invoked: true, invocationDetectedBy: 'tool-call-file-path' }
  }

  #names(filePath: string): boolean {
    const path = plain(filePath)
    if (path === '') return false
    const folder = filePath.replaceAll('\\', '/').split('/').at(-2)?.toLowerCase()
    const ends = folder ? [path, `/${folder}/skill.md`] : [path]
    return [...this.#paths].some((called) => ends.some((end) => called.endsWith(end)))
  }
}

function pathsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(pathsIn)
  if (!isFields(value)) return []
  return Object.entries(value).flatMap(([name, item]) =>
    typeof item === 'string' && isPath(name, item) ? [item] : pathsIn(item),
  )
}

function isPath(name: string, text: string): boolean {
  return name.toLowerCase().includes('path') || /(SKILL|skill)\.md$/.test(text)
}

const plain = (path: string) => path.replaceAll('\\', '/').trim().toLowerCase()

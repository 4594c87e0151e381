import type { Argument, Command, Option } from 'commander'

/** A word that may stand at the cursor. */
export interface Offer {
  readonly word: string
  readonly does: string
}

/** What belongs at the cursor: some of these words, or something that only the machine knows. */
export type Wanted = readonly Offer[] | 'keys' | 'agents' | 'files'

/** The cursor in a command line. */
export interface Place {
  readonly wanted: Wanted
  /** What of the word being typed stays as it is: `--kind=`, or `cron,` of a list. */
  readonly prefix: string
  /** Values of the options before, by the names that commander gives them. */
  readonly given: Readonly<Record<string, string | true>>
  /** Words before that are neither commands nor options, nor theirs. */
  readonly operands: readonly string[]
}

/** Looks up what belongs after these words, in place of `current`. `fallback` is the command that runs without a name. */
export function placeOf(
  program: Command,
  fallback: Command | undefined,
  words: readonly string[],
  current: string,
): Place {
  const walk = new Walk(program, fallback)
  for (const word of words) walk.pass(word)
  const { given, operands } = walk
  return { ...walk.at(current), given, operands }
}

class Walk {
  readonly given: Record<string, string | true> = {}
  readonly operands: string[] = []
  readonly #used = new Set<Option>()
  readonly #program: Command
  readonly #fallback: Command | undefined
  #command: Command
  /** The option whose value comes next. */
  #open: Option | null = null
  #isPastOptions = false

  constructor(program: Command, fallback: Command | undefined) {
    this.#program = program
    this.#fallback = fallback
    this.#command = program
  }

  pass(word: string): void {
    const open = this.#open
    this.#open = null
    if (open !== null && !(open.variadic && word.startsWith('-'))) this.#take(open, word)
    else if (this.#isPastOptions || !/^-./.test(word)) this.#passOperand(word)
    else if (word === '--') this.#isPastOptions = true
    else this.#passFlag(word)
  }
  at(current: string): Pick<Place, 'wanted' | 'prefix'> {
    const [, flag, typed] = /^(--[\w-]+)=(.*)$/s.exec(current) ?? []
    const isFlag = !this.#isPastOptions && current.startsWith('-')
    if (this.#open !== null && !(isFlag && this.#open.variadic))
      return valuesOf(this.#open, '', current)
    if (!isFlag) return { wanted: this.#operandsWanted(), prefix: '' }
    const option = flag === undefined ? undefined : this.#option(flag)
    if (option !== undefined) return valuesOf(option, `${flag}=`, typed ?? '')
    return { wanted: this.#flags(), prefix: '' }
  }

  #passFlag(word: string): void {
    const [flag = '', ...rest] = word.split('=')
    const option = this.#option(flag)
    if (option === undefined) return
    this.#used.add(option)
    if (!option.required) this.given[option.attributeName()] = true
    else if (rest.length === 0) this.#open = option
    else this.#take(option, rest.join('='))
  }

  #take(option: Option, value: string): void {
    this.given[option.attributeName()] = value
    this.#open = option.variadic ? option : null
  }

  #passOperand(word: string): void {
    const below = this.#command.commands.find((one) =>
      [one.name(), ...one.aliases()].includes(word),
    )
    if (below !== undefined && this.operands.length === 0) this.#command = below
    else this.operands.push(word)
  }

  #option(flag: string): Option | undefined {
    return this.#options().find(({ long, short }) => long === flag || short === flag)
  }

  #options(): Option[] {
    const fallback = this.#command === this.#program ? this.#fallback : undefined
    return [this.#command, ...(fallback === undefined ? [] : [fallback])].flatMap((command) =>
      command.createHelp().visibleOptions(command),
    )
  }

  #operandsWanted(): Wanted {
    const commands = this.#command.createHelp().visibleCommands(this.#command)
    if (commands.length > 0 && this.operands.length === 0)
      return commands.map((one) => ({ word: one.name(), does: one.description() }))
    const { registeredArguments } = this.#command
    const last = registeredArguments.at(-1)
    const argument =
      registeredArguments[this.operands.length] ?? (last?.variadic ? last : undefined)
    if (argument !== undefined) return kindOf(argument, argument.name())
    return this.#isPastOptions ? [] : this.#flags()
  }

  #flags(): Offer[] {
    return this.#options()
      .filter((option) => option.variadic || !this.#used.has(option))
      .flatMap(({ description, long, short }) =>
        [long, short]
          .filter((flag) => flag != null)
          .map((flag) => ({ word: flag, does: description })),
      )
  }
}

/** A value whose name is a plural takes several, separated by commas. */
function valuesOf(option: Option, before: string, typed: string): Pick<Place, 'wanted' | 'prefix'> {
  const name = /[<[]([\w-]+)/.exec(option.flags)?.[1] ?? ''
  const listed = name.endsWith('s') ? typed.slice(0, typed.lastIndexOf(',') + 1) : ''
  return { wanted: kindOf(option, name), prefix: before + listed }
}

function kindOf(taken: Option | Argument, name: string): Wanted {
  const { argChoices } = taken
  if (argChoices !== undefined) return argChoices.map((word) => ({ word, does: '' }))
  if ('attributeName' in taken && taken.attributeName() === 'agent') return 'agents'
  if (/^keys?$/.test(name)) return 'keys'
  return name === 'path' ? 'files' : []
}

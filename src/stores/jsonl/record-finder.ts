/** Where a record stands: its opening brace, and the offset after its closing one. */
export interface Extent {
  readonly from: number
  readonly to: number
}

/** Deeper nesting is given up on: no writer nests like that, and a gigabyte of brackets would fill the memory. */
const MAX_DEPTH = 100_000

/** Records kept while what they stand in may yet be one itself. A list of millions of them is not remembered whole. */
const MAX_INNER = 10_000

/** Members that tell a record from the values inside of one: every record has a type and one of the others. */
const TYPE = 'type'
const MARKS: ReadonlySet<string> = new Set(['timestamp', 'ts', 'parentId', 'message'])
const FIRST_LETTERS = new Set([TYPE, ...MARKS].map((name) => name.charCodeAt(0)))
const MAX_NAME = 'timestamp'.length

/** What is known of a container that is open. Plain numbers: a line may have hundreds of millions of containers. */
const IS_OBJECT = 1
const HAS_TYPE = 2
const HAS_MARK = 4
const IS_RECORD = IS_OBJECT | HAS_TYPE | HAS_MARK

/** Stretch that is compared at once when a line is padded. */
const PADDING = Buffer.alloc(4096)

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_ARRAY = 0x5b
const BACKSLASH = 0x5c
const CLOSE_ARRAY = 0x5d
const LOWER_U = 0x75
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

const ESCAPED = new Set(Buffer.from('"\\/bfnrt'))
const HEX = new Set(Buffer.from('0123456789abcdefABCDEF'))
/** By byte, 1 for those of numbers and of `true`, `false` and `null`: asked for nearly every byte of a list of numbers. */
const PLAIN = new Uint8Array(256)
for (const byte of Buffer.from('0123456789+-.eEtruefalsn')) PLAIN[byte] = 1

type State =
  | 'nothing'
  | 'value'
  | 'value or end'
  | 'name'
  | 'name or end'
  | 'colon'
  | 'after value'
  | 'string'
  | 'escape'
  | 'plain'

/**
 * Finds the whole records of a line that is not one record: whoever tore a line left the rest of it, or the next writer's
 * record, where no JSON goes on. Each byte is looked at once, and nothing of a record is kept but where it is: the line
 * may be a gigabyte. What is inside of a record is not one itself.
 */
export class RecordFinder {
  readonly #found: (record: Extent) => void
  #state: State = 'nothing'
  #depth = 0
  readonly #starts: number[] = []
  readonly #flags: number[] = []
  /** Records inside of containers that are still open. */
  #inner: Extent[] = []
  #isName = false
  /** Length of a name, and the beginning of it. */
  #nameLength = 0
  readonly #name = Buffer.alloc(MAX_NAME)
  /** Hexadecimal digits that an escape still needs. */
  #hexLeft = 0
  /** The byte before the ones that are pushed. */
  #previous = 0
  /** The string that ended at the last byte ended in a brace: a torn one, and where a record begins. */
  #endedInBrace = false
  #lost = false

  constructor(found: (record: Extent) => void) {
    this.#found = found
  }

  /** True when the line has more to it than whole records and padding. */
  get lost(): boolean {
    return this.#lost
  }

  /** Takes the next bytes of the line, which stand at `position`. */
  push(bytes: Buffer, position: number): void {
    const { length } = bytes
    for (let at = 0; at < length; at++) {
      if (this.#state === 'nothing') at = this.#seek(bytes, at)
      else if (this.#state === 'string') at = this.#passString(bytes, at)
      if (at < length) this.#step(bytes, at, position + at)
    }
    this.#previous = bytes[bytes.length - 1] ?? this.#previous
  }

  /** To be called after the last byte. */
  end(): void {
    if (this.#depth > 0) this.#giveUp()
  }

  /** The next brace; what is passed is lost unless it is padding. */
  #seek(bytes: Buffer, from: number): number {
    let at = from
    while (!this.#lost && at < bytes.length && isPadding(bytes[at] as number)) {
      const end = at + PADDING.length
      at = end <= bytes.length && PADDING.compare(bytes, at, end) === 0 ? end : at + 1
    }
    const brace = bytes.indexOf(OPEN_OBJECT, at)
    if (at < bytes.length && brace !== at) this.#lost = true
    return brace === -1 ? bytes.length : brace
  }

  /** The next byte in a string that means something. */
  #passString(bytes: Buffer, from: number): number {
    const { length } = bytes
    let at = from
    for (; at < length; at++) {
      const byte = bytes[at] as number
      if (byte === QUOTE || byte === BACKSLASH || byte < 0x20) break
    }
    if (this.#isName) this.#addToName(bytes, from, at)
    return at
  }

  #step(bytes: Buffer, at: number, offset: number): void {
    const byte = bytes[at] as number
    if (this.#takes(byte, offset)) {
      if (this.#state !== 'after value' && this.#state !== 'colon') return
      if (byte === QUOTE)
        this.#endedInBrace = (at === 0 ? this.#previous : bytes[at - 1]) === OPEN_OBJECT
      else if (this.#endedInBrace) this.#endedInBrace = false
      return
    }
    const resumes = this.#endedInBrace && isWordByte(byte)
    this.#giveUp()
    if (resumes) {
      this.#openContainer(offset - 2, true)
      this.#beginString(true)
      if (byte === BACKSLASH) this.#state = 'escape'
      else this.#addToName(bytes, at, at + 1)
    } else if (byte === OPEN_OBJECT) this.#openContainer(offset, true)
  }

  /** False for a byte that cannot stand there. */
  #takes(byte: number, offset: number): boolean {
    switch (this.#state) {
      case 'string':
        return this.#takesInString(byte)
      case 'escape':
        return this.#takesInEscape(byte)
      case 'plain':
        if (PLAIN[byte] === 1) return true
        this.#state = 'after value'
        return this.#takesStructure(byte, offset)
      default:
        return isBlank(byte) || this.#takesStructure(byte, offset)
    }
  }

  #takesInString(byte: number): boolean {
    if (byte === BACKSLASH) this.#state = 'escape'
    else if (byte === QUOTE) this.#endString()
    else return false
    return true
  }

  #takesInEscape(byte: number): boolean {
    if (this.#hexLeft > 0) {
      if (!HEX.has(byte)) return false
      this.#hexLeft -= 1
    } else if (byte === LOWER_U) this.#hexLeft = 4
    else if (!ESCAPED.has(byte)) return false
    if (this.#hexLeft === 0) this.#state = 'string'
    return true
  }

  #takesStructure(byte: number, offset: number): boolean {
    const state = this.#state
    const takesValue = state === 'value' || state === 'value or end'
    const takesName = state === 'name' || state === 'name or end'
    switch (byte) {
      case OPEN_OBJECT:
      case OPEN_ARRAY:
        if (!takesValue && state !== 'nothing') return false
        return this.#openContainer(offset, byte === OPEN_OBJECT)
      case CLOSE_OBJECT:
        return (state === 'after value' || state === 'name or end') && this.#close(true, offset)
      case CLOSE_ARRAY:
        return (state === 'after value' || state === 'value or end') && this.#close(false, offset)
      case QUOTE:
        if (!takesValue && !takesName) return false
        this.#beginString(takesName)
        return true
      case COLON:
        if (state === 'colon') this.#state = 'value'
        return state === 'colon'
      case COMMA:
        if (state === 'after value') this.#state = this.#isInObject() ? 'name' : 'value'
        return state === 'after value'
      default:
        if (!takesValue || PLAIN[byte] !== 1) return false
        this.#state = 'plain'
        return true
    }
  }

  #openContainer(from: number, isObject: boolean): boolean {
    if (this.#depth === MAX_DEPTH) return false
    this.#starts[this.#depth] = from
    this.#flags[this.#depth] = isObject ? IS_OBJECT : 0
    this.#depth += 1
    this.#state = isObject ? 'name or end' : 'value or end'
    return true
  }

  #close(isObject: boolean, offset: number): boolean {
    if (this.#isInObject() !== isObject) return false
    this.#depth -= 1
    const isInner = this.#depth > 0
    this.#state = isInner ? 'after value' : 'nothing'
    if (this.#flags[this.#depth] === IS_RECORD)
      this.#keep({ from: this.#starts[this.#depth] as number, to: offset + 1 })
    else if (!isInner) this.#lost = true
    if (!isInner) this.#flush()
    return true
  }

  #isInObject(): boolean {
    return ((this.#flags[this.#depth - 1] as number) & IS_OBJECT) !== 0
  }

  /** What is inside of the record is part of it. */
  #keep(record: Extent): void {
    while ((this.#inner.at(-1)?.from ?? -1) > record.from) this.#inner.pop()
    if (this.#inner.length < MAX_INNER) this.#inner.push(record)
  }

  #flush(): void {
    if (this.#inner.length === 0) return
    const records = this.#inner
    this.#inner = []
    for (const record of records) this.#found(record)
  }

  /** What is open is torn; what is whole inside of it is a record that was appended there. */
  #giveUp(): void {
    this.#lost = true
    this.#depth = 0
    this.#hexLeft = 0
    this.#endedInBrace = false
    this.#state = 'nothing'
    this.#flush()
  }

  #beginString(isName: boolean): void {
    this.#state = 'string'
    this.#isName = isName
    this.#nameLength = 0
  }

  #addToName(bytes: Buffer, from: number, to: number): void {
    for (let at = from; at < to && this.#nameLength + at - from < MAX_NAME; at++)
      this.#name[this.#nameLength + at - from] = bytes[at] as number
    this.#nameLength += to - from
  }

  /** Most names begin otherwise: no text is made of them. */
  #mayMatter(): boolean {
    return this.#nameLength <= MAX_NAME && FIRST_LETTERS.has(this.#name[0] as number)
  }

  #endString(): void {
    this.#state = this.#isName ? 'colon' : 'after value'
    if (!this.#isName || !this.#mayMatter()) return
    const name = this.#name.toString('latin1', 0, this.#nameLength)
    const flag = name === TYPE ? HAS_TYPE : MARKS.has(name) ? HAS_MARK : 0
    this.#flags[this.#depth - 1] = (this.#flags[this.#depth - 1] as number) | flag
  }
}

/** What may stand between records without a loss: blanks, a byte order mark, and the NULs of a power cut. */
export function isPadding(byte: number): boolean {
  return byte === 0 || isBlank(byte) || byte === 0xef || byte === 0xbb || byte === 0xbf
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x0d || byte === 0x09 || byte === 0x0a
}

/** A byte that a member's name may begin with and that no JSON has after a string. */
function isWordByte(byte: number): boolean {
  return byte > 0x20 && byte !== COMMA && byte !== COLON && byte !== QUOTE
}

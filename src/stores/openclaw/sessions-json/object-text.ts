import { parseJson } from '../../../system/well-formed.js'
import { StoreText } from './store-text.js'

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf])

/** One member of an object, as it is written and as it reads. */
export interface Member {
  readonly key: string
  readonly value: unknown
  /** `"key": value`, byte for byte. */
  readonly text: Buffer
  readonly keyText: Buffer
  readonly valueText: Buffer
}

/**
 * The members of a JSON object with their text, so that some can be taken out or exchanged and all others stay byte for
 * byte: unknown fields, numbers that no double holds, the order.
 */
export class ObjectText {
  readonly members: readonly Member[]
  readonly #indent: string | null

  private constructor(members: readonly Member[], indent: string | null) {
    this.members = members
    this.#indent = indent
  }

  /** `null` when the text is no valid object. `indent`: what stands before its closing brace; `null` for one line. */
  static parse(bytes: Buffer, indent: string | null = ''): ObjectText | null {
    const marked = bytes.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK)
    const text = new StoreText(marked ? bytes.subarray(BYTE_ORDER_MARK.length) : bytes)
    const members: Member[] = []
    for (; text.state === 'entry'; text.pass()) {
      const member = text.measure() ? parseMember(text) : null
      if (member === null) return null
      members.push(member)
    }
    return text.state === 'done' ? new ObjectText(members, indent) : null
  }

  static empty(): ObjectText {
    return new ObjectText([], '')
  }

  /** Those for which `keep` is true. */
  filter(keep: (member: Member) => boolean): ObjectText {
    return new ObjectText(this.members.filter(keep), this.#indent)
  }

  /** With these texts in the place of some members. */
  exchange(texts: ReadonlyMap<Member, Buffer>): ObjectText {
    const members = this.members.map((member) => {
      const valueText = texts.get(member)
      return valueText === undefined ? member : memberOf(member, valueText)
    })
    return new ObjectText(members, this.#indent)
  }

  /** Sets members, in their place or at the end; `null` takes one away. */
  assign(fields: Readonly<Record<string, unknown>>): ObjectText {
    let object = this.filter(({ key }) => fields[key] !== null || !Object.hasOwn(fields, key))
    for (const [key, value] of Object.entries(fields))
      if (value !== null) object = object.write(key, value)
    return object
  }

  /** Writes a value, also `null`, in a member's place or at the end. */
  write(key: string, value: unknown): ObjectText {
    const keyText = Buffer.from(JSON.stringify(key))
    const member = memberOf({ key, keyText }, this.#write(value))
    const isThere = this.members.some((one) => one.key === key)
    const members = this.members.map((one) => (one.key === key ? member : one))
    return new ObjectText(isThere ? members : [...members, member], this.#indent)
  }

  /** As a gateway writes it, no newline at the end. Members that stay are as they were. */
  bytes(): Buffer {
    if (this.members.length === 0) return Buffer.from('{}')
    const [opening, separator, closing] = this.#frame()
    const parts = this.members.flatMap(({ text }) => [Buffer.from(separator), text])
    return Buffer.concat([
      Buffer.from(`{${opening}`),
      ...parts.slice(1),
      Buffer.from(`${closing}}`),
    ])
  }

  #frame(): [opening: string, separator: string, closing: string] {
    const line = `\n${this.#indent ?? ''}`
    return this.#indent === null ? ['', ',', ''] : [`${line}  `, `,${line}  `, line]
  }

  #write(value: unknown): Buffer {
    if (this.#indent === null) return Buffer.from(JSON.stringify(value))
    return Buffer.from(JSON.stringify(value, null, 2).replaceAll('\n', `\n${this.#indent}  `))
  }
}

function parseMember({ bytes, end, keyEnd, start, valueStart }: StoreText): Member | null {
  try {
    const key = String(parseJson(bytes.toString('utf8', start, keyEnd)))
    const value: unknown = parseJson(bytes.toString('utf8', valueStart, end))
    return {
      key,
      value,
      text: bytes.subarray(start, end),
      keyText: bytes.subarray(start, keyEnd),
      valueText: bytes.subarray(valueStart, end),
    }
  } catch {
    return null
  }
}

/** The key stays as it is written: half a surrogate pair in it does not read as what it is. */
function memberOf({ key, keyText }: Pick<Member, 'key' | 'keyText'>, valueText: Buffer): Member {
  const text = Buffer.concat([keyText, Buffer.from(': '), valueText])
  return { key, value: parseJson(valueText.toString()), text, keyText, valueText }
}

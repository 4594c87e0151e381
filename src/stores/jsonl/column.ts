type Numbers = Float64Array | Uint32Array | Uint8Array

/** A growing array of plain numbers: a million of them must not be a million objects. */
export class GrowingColumn<T extends Numbers> {
  #values: T
  #length = 0
  readonly #make: (size: number) => T

  constructor(make: (size: number) => T) {
    this.#make = make
    this.#values = make(16)
  }

  get length(): number {
    return this.#length
  }

  get bytes(): number {
    return this.#values.byteLength
  }

  /** The value at an index that the caller knows to be there. */
  at(index: number): number {
    return this.#values[index] as number
  }

  push(value: number): void {
    if (this.#length === this.#values.length) this.#grow(Math.ceil(this.#length * 1.5))
    this.#values[this.#length] = value
    this.#length += 1
  }

  /** The values without the spare room; valid until the next push. */
  values(): T {
    return this.#values.subarray(0, this.#length) as T
  }

  /** Takes over values, which are the column's from now on. */
  adopt(values: T): void {
    this.#length = values.length
    this.#values = values.length === 0 ? this.#make(16) : values
  }

  #grow(size: number): void {
    const grown = this.#make(size)
    grown.set(this.#values.subarray(0, this.#length) as never)
    this.#values = grown
  }
}

export const floats = () => new GrowingColumn<Float64Array>((size) => new Float64Array(size))
export const wordColumn = () => new GrowingColumn<Uint32Array>((size) => new Uint32Array(size))
export const octets = () => new GrowingColumn<Uint8Array>((size) => new Uint8Array(size))

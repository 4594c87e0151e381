import * as fc from 'fast-check'
import t from 'tap'
import { RecordFinder } from '../../../src/stores/jsonl/record-finder.js'
import { recordsIn } from '../../../src/stores/jsonl/records.js'
import { linesIn } from '../../../src/stores/memory/memory-lines.js'
import { searches } from '../../searches.js'
import { damagedText } from './damaged-text.js'

/** Bytes of the one line that a damaged text becomes without its newlines, and of each of its lines. */
function linesOf(text: Buffer): Buffer[] {
  const whole = Buffer.from(text.filter((byte) => byte !== 0x0a))
  const lines = text.toString('latin1').split('\n')
  return [whole, ...lines.map((line) => Buffer.from(line, 'latin1'))]
}

t.test('the records of a damaged line are those that trying every brace finds', async () => {
  fc.assert(
    fc.property(damagedText, (text) => {
      for (const line of linesOf(text)) {
        const { lost, records } = recordsIn(line)
        const plain = linesIn(Buffer.concat([line, Buffer.from('\n')]))
        const found = records.map((record) => record.line)
        if (JSON.stringify(found) !== JSON.stringify(plain.lines)) return false
        if (lost !== (plain.broken === 1)) return false
      }
      return true
    }),
    searches(300),
  )
})

t.test('records are found in whatever pieces their line comes', async () => {
  fc.assert(
    fc.property(damagedText, fc.integer({ min: 1, max: 9 }), (text, size) => {
      for (const line of linesOf(text)) {
        const [whole, pieces] = [found([line]), found(cut(line, size))]
        if (JSON.stringify(whole) !== JSON.stringify(pieces)) return false
      }
      return true
    }),
    searches(100),
  )
})

function found(pieces: readonly Buffer[]) {
  const extents: unknown[] = []
  const finder = new RecordFinder((extent) => extents.push(extent))
  let position = 0
  for (const piece of pieces) {
    finder.push(piece, position)
    position += piece.length
  }
  finder.end()
  return { extents, lost: finder.lost }
}

function cut(line: Buffer, size: number): Buffer[] {
  const pieces: Buffer[] = []
  for (let at = 0; at < line.length; at += size) pieces.push(line.subarray(at, at + size))
  return pieces
}

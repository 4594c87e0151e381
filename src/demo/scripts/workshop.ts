import { stockList, testRun } from './outputs.js'
import { type Scenario, type Step, tool } from './script.js'
import { decimal, NEIGHBOURS, PARTS } from './words.js'

const firmware: Scenario = (random) => {
  const line = random.int(80, 400)
  return {
    prompt: 'The lantern forgets its brightness after a brown-out. Find it, fix it, run the tests.',
    steps: [
      tool('exec', { command: 'make test' }, testRun(random, random.int(90, 260), 2), { slow: 3 }),
      tool('exec', { command: 'grep -n "level" src/lamp.c' }, grepHits(line), {
        thinking:
          'The level is kept in RAM and written to flash on change only; a brown-out between the two loses it.',
      }),
      tool('read', { path: 'src/lamp.c', offset: line, limit: 20 }, lampSource()),
      tool(
        'edit',
        {
          path: 'src/lamp.c',
          oldText: '  level = next;\n  flash_write(LEVEL, level);',
          newText: '  flash_write(LEVEL, next);\n  level = next;',
        },
        'Edited src/lamp.c: 1 replacement',
      ),
      tool('exec', { command: 'make test' }, testRun(random, random.int(60, 120), 0), {
        slow: 3,
        saying: 'Written before it is used now. Once more:',
      }),
    ],
    answer:
      'Fixed. The level went to RAM first and to flash second, so a brown-out in between kept the old one:\n\n```c\nflash_write(LEVEL, next);\nlevel = next;\n```\n\nAll tests pass.',
  }
}

const stock: Scenario = (random) => {
  const part = random.pick(PARTS)
  return {
    prompt: `Do we have a ${part}, and if not, what does making one take?`,
    steps: [
      tool('exec', { command: 'stock list --all' }, stockList(random, random.int(180, 520)), {
        slow: 2,
      }),
      tool(
        'exec',
        { command: `stock find ${JSON.stringify(part)}` },
        `no exact match\nclosest: ${part} ${random.int(10, 40)} mm, shelf C${random.int(1, 40)}, ${random.int(1, 5)} on hand`,
      ),
    ],
    answer: `Not in that size. The next larger one can be turned down in about ${random.int(20, 70)} minutes; ${random.pick(NEIGHBOURS)} has the lathe this afternoon.`,
  }
}

const calibration: Scenario = (random) => ({
  prompt: 'Calibrate the three light sensors, slowly, and note the offsets.',
  steps: sensors(random.int(9, 18), Number(decimal(random, 0.4, 1.8))),
  answer: 'Done; all three agree within two lux. The offsets are in `calibration/lux.json`.',
})

const drawing: Scenario = (random) => ({
  prompt: 'Have somebody check the drawing of the new rudder stock against the old one.',
  steps: [
    {
      kind: 'spawn',
      label: 'Drawing check',
      task: 'Compare drawings/rudder-new.dxf with drawings/rudder-old.dxf: every dimension that differs.',
      work: {
        steps: dimensions(random.int(10, 20)),
        answer: 'Two dimensions differ, both on purpose.',
      },
      announcement:
        'The drawing is checked: two dimensions differ, the taper and the key. Both are as agreed.',
    },
    tool(
      'read',
      { path: 'drawings/README.md' },
      'Old: 1978, inches. New: millimetres. Mind the taper.',
    ),
  ],
  answer: 'A helper compares them, dimension by dimension. I will say when it is done.',
})

export const workshopScenarios = [firmware, stock, calibration, drawing, firmware] as const

function* sensors(readings: number, offset: number): Iterable<Step> {
  for (let n = 1; n <= readings; n++) {
    const sensor = `lux-${1 + (n % 3)}`
    const lux = (400 + offset * n).toFixed(1)
    yield tool('sensor_read', { sensor, seconds: 5 }, `${sensor}: ${lux} lux, σ 0.${n % 9}`)
  }
  yield tool(
    'write',
    { path: 'calibration/lux.json', content: JSON.stringify({ offset }) },
    'Wrote calibration/lux.json',
  )
}

function* dimensions(count: number): Iterable<Step> {
  for (let n = 1; n <= count; n++) {
    const args = { file: 'rudder-new.dxf', against: 'rudder-old.dxf', dimension: n }
    yield tool(
      'dxf_measure',
      args,
      `dimension ${n}: ${n % 7 === 0 ? 'differs by 0.4 mm' : 'equal'}`,
    )
  }
}

function grepHits(line: number): string {
  return [
    `${line}:static uint16_t level;`,
    `${line + 8}:  level = next;`,
    `${line + 9}:  flash_write(LEVEL, level);`,
  ].join('\n')
}

function lampSource(): string {
  return 'static uint16_t level;\n\nvoid lamp_set(uint16_t next)\n{\n  if (next == level)\n    return;\n  pwm_ramp(level, next);\n  level = next;\n  flash_write(LEVEL, level);\n}\n'
}

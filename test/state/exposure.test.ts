import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openDataDirectory } from '../../src/state/index.js'

t.test('what others can get at is named, with the command that ends it', async (t) => {
  const rows: [directory: number, tokens: number, says: (string | RegExp)[]][] = [
    [0o700, 0o600, []],
    [0o500, 0o400, []],
    [0o700, 0o604, [/look into the tokens file .*tokens\.json \(mode 604\)/]],
    [0o700, 0o640, [/look into the tokens file .*\(mode 640\)/]],
    [0o700, 0o620, [/change the tokens file/]],
    [0o755, 0o644, [/look into the data directory .*\(mode 755\)/, /look into the tokens file/]],
    [0o777, 0o600, [/change the data directory/]],
  ]
  for (const [directory, tokens, says] of rows) {
    const path = join(
      t.testdir({ "it's data": { 'tokens.json': '{"version":1,"tokens":[]}' } }),
      "it's data",
    )
    const data = await openDataDirectory(path)
    chmodSync(join(path, 'tokens.json'), tokens)
    chmodSync(path, directory)
    const exposures = await data.exposures()
    chmodSync(path, 0o700)
    const name = `${directory.toString(8)} ${tokens.toString(8)}`
    t.equal(exposures.length, says.length, name)
    t.match(
      exposures.map(({ text }) => text),
      says,
      name,
    )
    for (const { command } of exposures) t.match(command, /^chmod [67]00 '.*it'\\''s data.*'$/)
  }
})

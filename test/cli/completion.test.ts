import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import t from 'tap'
import { run } from './process.js'

const BASH = '/usr/bin/bash'

/** What bash offers after these words, the last of which is being typed. */
async function offered(script: string, words: readonly string[]): Promise<string[]> {
  const quoted = words.map((word) => `'${word}'`).join(' ')
  const code = `${script}\nCOMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}
_openclaw_sessions; printf '%s\\n' "\${COMPREPLY[@]}"`
  const { stdout } = await promisify(execFile)(BASH, ['--norc', '-c', code])
  return stdout.trimEnd().split('\n')
}

t.test('bash completes commands and options', { skip: !existsSync(BASH) }, async (t) => {
  const { code, out } = await run(['completion', 'bash'])
  t.equal(code, 0)
  const after = (...words: string[]) => offered(out, ['openclaw-sessions', ...words])
  const commands = await after('')
  for (const name of ['serve', 'list', 'kill', 'cleanup', 'tokens', 'completion'])
    t.ok(commands.includes(name), name)
  t.strictSame(await after('cle'), ['cleanup'])
  t.strictSame(await after('cleanup', '--fix'), ['--fix-missing', '--fix-dm-scope'])
  t.strictSame(await after('kill', 'agent:main:main', '--y'), ['--yes'])
  t.strictSame(await after('tokens', 'c'), ['create'])
  t.strictSame(await after('tokens', 'create', '--sc'), ['--scope'])
})

t.test('zsh and fish have a line for every option', async (t) => {
  const zsh = await run(['completion', 'zsh'])
  t.match(zsh.out, /^#compdef openclaw-sessions\n/)
  t.ok(zsh.out.includes(`'--fix-missing:also sessions whose transcript is missing or empty'`))
  const fish = await run(['completion', 'fish'])
  t.match(fish.out, /^complete -c openclaw-sessions -n '__fish_use_subcommand' -f -a list -d '/m)
  t.match(fish.out, /^complete .*'__fish_seen_subcommand_from kill' -l yes -d 'do not ask'$/m)
  t.match(await run(['completion', 'tcsh']), { code: 2, err: /bash, zsh, fish/ })
})

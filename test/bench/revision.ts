import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'

/** Commit of the work tree, with `+` where it has changes that are not committed; `unknown` outside of a clone. */
export function revisionOf(root: string): string {
  const git = (...args: string[]) =>
    spawnSync('git', args, { cwd: root, encoding: 'utf8' }).stdout?.trim() ?? ''
  const commit = git('rev-parse', '--short', 'HEAD')
  if (commit === '') return 'unknown'
  return git('status', '--porcelain', '--untracked-files=no', '--', 'src', 'package.json') === ''
    ? commit
    : `${commit}+`
}

/**
 * Builds another revision in `folder` with the dependencies that are installed here; returns its `dist`. Nothing of the
 * clone is touched. Throws when git does not know the revision or it does not build.
 */
export function buildRevision(root: string, revision: string, folder: string): string {
  const checkout = join(folder, 'revision')
  mkdirSync(checkout)
  const archive = execFileSync('git', ['archive', '--format=tar', revision], {
    cwd: root,
    maxBuffer: 512 * 1024 * 1024,
  })
  execFileSync('tar', ['-x', '-C', checkout], { input: archive })
  symlinkSync(join(root, 'node_modules'), join(checkout, 'node_modules'))
  execFileSync('npm', ['run', '--silent', 'build'], {
    cwd: checkout,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  return join(checkout, 'dist')
}

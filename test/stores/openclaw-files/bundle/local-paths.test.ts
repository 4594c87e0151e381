import t from 'tap'
import { LocalPaths } from '../../../../src/stores/openclaw-files/bundle/local-paths.js'

const paths = new LocalPaths({
  workspace: '/home/u/work (1)',
  stateDir: '/home/u/.openclaw',
  home: '/home/u',
})

const cases: readonly [text: string, left: string][] = [
  ['no path', 'no path'],
  ['/home/u/work (1)', '$WORKSPACE_DIR'],
  ['/home/u/work (1)/a.md', '$WORKSPACE_DIR/a.md'],
  ['/home/u/work (1)2/a.md', '~/work (1)2/a.md'],
  ['/home/u/.openclaw/agents', '$OPENCLAW_STATE_DIR/agents'],
  ['/home/u', '~'],
  ['/home/u/../u/x', '~/x'],
  ['/home/uwe/x', '/home/uwe/x'],
  ['/etc/passwd', '/etc/passwd'],
  ['see /home/u/work (1)/a.md and /home/u/b', 'see $WORKSPACE_DIR/a.md and ~/b'],
  ['in /home/u/.openclaw: mail a@b.org', 'in $OPENCLAW_STATE_DIR: mail <redacted-email>'],
  ['a@b.org stays where no place is named', 'a@b.org stays where no place is named'],
  ['/home/u/x?token=abc', '~/x?token=<redacted>'],
  ['in /home/u sk-0123456789abcdef0123', 'in ~ sk-012…0123'],
  ['in /home/u API_KEY=$API_KEY', 'in ~ API_KEY=$API_KEY'],
  ['in /home/u API_KEY=hunter2', 'in ~ API_KEY=***'],
  ['in /home/u https://me:pw@host/', 'in ~ https://<redacted>:<redacted>@host/'],
  ['in /home/u call 123456789', 'in ~ call <redacted-id>'],
  ['in /home/u @someone here', 'in ~ <redacted-handle> here'],
]

for (const [text, left] of cases)
  t.test(text, async (t) => {
    t.equal(paths.hideText(text), left)
  })

t.test('a long text with a place in it is cut, any other is whole', async (t) => {
  const long = `in /home/u ${'x y '.repeat(1000)}`
  t.equal(paths.hideText(long).length, 2000 + '...<truncated>'.length)
  t.equal(paths.hideText('x y '.repeat(1000)).length, 4000)
})

t.test('every text of a value, and no name of a field', async (t) => {
  t.strictSame(paths.hide({ '/home/u': ['/home/u/a', 1, null, { b: '/home/u' }] }), {
    '/home/u': ['~/a', 1, null, { b: '~' }],
  })
})

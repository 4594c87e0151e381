import t from 'tap'
import { LocalPaths } from '../../../../src/stores/openclaw/bundle/local-paths.js'

const paths = new LocalPaths({
  workspace: '/srv/u/work (1)',
  stateDir: '/srv/u/.openclaw',
  home: '/srv/u',
})

const cases: readonly [text: string, left: string][] = [
  ['no path', 'no path'],
  ['/srv/u/work (1)', '$WORKSPACE_DIR'],
  ['/srv/u/work (1)/a.md', '$WORKSPACE_DIR/a.md'],
  ['/srv/u/work (1)2/a.md', '~/work (1)2/a.md'],
  ['/srv/u/.openclaw/agents', '$OPENCLAW_STATE_DIR/agents'],
  ['/srv/u', '~'],
  ['/srv/u/../u/x', '~/x'],
  ['/srv/uwe/x', '/srv/uwe/x'],
  ['/etc/passwd', '/etc/passwd'],
  ['see /srv/u/work (1)/a.md and /srv/u/b', 'see $WORKSPACE_DIR/a.md and ~/b'],
  ['in /srv/u/.openclaw: mail a@b.org', 'in $OPENCLAW_STATE_DIR: mail <redacted-email>'],
  ['a@b.org stays where no place is named', 'a@b.org stays where no place is named'],
  ['/srv/u/x?token=abc', '~/x?token=<redacted>'],
  ['in /srv/u sk-0123456789abcdef0123', 'in ~ sk-012…0123'],
  ['in /srv/u API_KEY=$API_KEY', 'in ~ API_KEY=$API_KEY'],
  ['in /srv/u API_KEY=hunter2', 'in ~ API_KEY=***'],
  ['in /srv/u https://me:pw@host/', 'in ~ https://<redacted>:<redacted>@host/'],
  ['in /srv/u call 123456789', 'in ~ call <redacted-id>'],
  ['in /srv/u @someone here', 'in ~ <redacted-handle> here'],
]

for (const [text, left] of cases)
  t.test(text, async (t) => {
    t.equal(paths.hideText(text), left)
  })

t.test('a long text with a place in it is cut, any other is whole', async (t) => {
  const long = `in /srv/u ${'x y '.repeat(1000)}`
  t.equal(paths.hideText(long).length, 2000 + '...<truncated>'.length)
  t.equal(paths.hideText('x y '.repeat(1000)).length, 4000)
})

t.test('every text of a value, and no name of a field', async (t) => {
  t.strictSame(paths.hide({ '/srv/u': ['/srv/u/a', 1, null, { b: '/srv/u' }] }), {
    '/srv/u': ['~/a', 1, null, { b: '~' }],
  })
})

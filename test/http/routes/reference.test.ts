import Fastify from 'fastify'
import t from 'tap'
import { request } from 'undici'
import { FULL_GRANT } from '../../../src/contract/grant.js'
import { createSessionManager } from '../../../src/core/index.js'
import { memoryStore } from '../../../src/stores/memory/memory-store.js'

// The viewer is beside the built files only; `pretest` builds them, and types are checked before that.
const BUILT = new URL('../../../dist/plugin.js', import.meta.url).href
const { sessionsApi }: typeof import('../../../src/plugin.js') = await import(BUILT)

t.test('the reference page loads from here alone', async (t) => {
  const manager = createSessionManager({ stores: [memoryStore()], runtime: null, version: '0.0.0' })
  const app = Fastify()
  await app.register(sessionsApi, { manager, auth: () => FULL_GRANT, prefix: '/gw' })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  t.teardown(() => Promise.all([app.close(), manager.close()]))
  const page = await request(`${url}/gw/docs`)
  const policy = String(page.headers['content-security-policy'])
  const html = await page.body.text()

  await t.test('under a policy that allows no other source and no inline script', async (t) => {
    t.match(page.headers, { 'content-type': 'text/html; charset=utf-8' })
    t.match(policy, /default-src 'none'; script-src 'self';/)
    t.match(policy, /frame-ancestors 'none'/)
    t.notMatch(policy, /script-src[^;]*unsafe/)
    t.notMatch(html, /https?:\/\//, 'no other site is named')
    t.notMatch(html, /<script(?![^>]*\ssrc=)|\son\w+=/, 'no script in the page')
  })

  await t.test('with its files', async (t) => {
    const src = /<script[^>]*\ssrc="([^"]+)"/.exec(html)?.[1] ?? ''
    const script = await request(new URL(src, `${url}/gw/docs`))
    t.match(script, { statusCode: 200, headers: { 'content-type': /javascript/, etag: /./ } })
    t.equal(script.headers['x-content-type-options'], 'nosniff')
    t.match(await script.body.text(), /RapiDoc/)
    const known = await request(new URL(src, `${url}/gw/docs`), {
      headers: { 'if-none-match': String(script.headers.etag) },
    })
    t.equal(known.statusCode, 304)
    t.equal((await request(`${url}/gw/docs/rapidoc.LICENSE.txt`)).statusCode, 200)
    const spec = /spec-url="([^"]+)"/.exec(html)?.[1] ?? ''
    const document = await request(new URL(spec, `${url}/gw/docs`))
    t.match(await document.body.json(), { openapi: '3.1.0', servers: [{ url: '/gw' }] })
  })

  await t.test('and nothing else', async (t) => {
    const outside = ['..%2Fplugin.js', '%2E%2E%2F%2E%2E%2Fplugin.js', 'nope.js', '.hidden', '%00']
    for (const path of outside)
      t.equal((await request(`${url}/gw/docs/${path}`)).statusCode, 404, path)
    t.equal((await request(`${url}/gw/docs`, { method: 'POST' })).statusCode, 405)
  })
})

import { fastifyCookie } from '@fastify/cookie'
import * as z from 'zod'
import { type CookieLogin, LoginAnswer, LoginRequest } from '../../../contract/auth.js'
import { SessionsError } from '../../../errors.js'
import { json, NO_STORE } from '../answer.js'
import { EXAMPLE_LOGIN } from '../openapi/examples.js'
import { guarded, open } from '../operation.js'

const SignedIn = {
  description: 'Signed in. Writes with the cookie send `csrfToken` as `x-csrf-token`.',
  content: {
    'application/json': {
      schema: LoginAnswer,
      examples: { operator: { summary: 'An operator', value: EXAMPLE_LOGIN } },
    },
  },
}

const SignedOut = z.object({ ok: z.literal(true) }).meta({ id: 'LogoutAnswer' })

export const login = open({
  operationId: 'login',
  method: 'POST',
  path: '/api/login',
  scope: 'public',
  checkOrigin: true,
  tag: 'Signing in',
  summary: 'Sign in a browser',
  description: 'Exchanges a token for a cookie that holds an opaque signed id, never the token.',
  body: LoginRequest,
  bodyExample: { token: 'the token' },
  responses: {
    200: {
      ...SignedIn,
      headers: z.object({
        'set-cookie': z.string().meta({ examples: ['mc-session=...; HttpOnly; SameSite=Strict'] }),
      }),
    },
  },
  errors: ['invalid_token', 'origin_not_allowed', 'rate_limited', 'not_supported'],
  async handle({ login, body, address, secure }) {
    const cookies = required(login)
    const { cookie, answer } = await cookies.login(body.token, address)
    const header = setCookie(cookies.cookieName, cookie, new Date(answer.expiresAt), secure)
    return json(answer, { ...NO_STORE, 'set-cookie': header })
  },
})

export const currentLogin = open({
  operationId: 'currentLogin',
  method: 'GET',
  path: '/api/login',
  scope: 'public',
  tag: 'Signing in',
  summary: 'Ask who is signed in',
  description: 'The answer of the login again, for a page that was loaded anew.',
  responses: { 200: SignedIn },
  errors: ['unauthorized', 'not_supported'],
  async handle({ login, headers }) {
    return json(await required(login).current(headers), NO_STORE)
  },
})

export const logout = guarded({
  operationId: 'logout',
  method: 'POST',
  path: '/api/logout',
  scope: 'operator.read',
  tag: 'Signing in',
  summary: 'Sign out',
  description: 'Ends the login of the cookie, and the streams that were opened with it.',
  responses: {
    200: {
      description: 'Signed out.',
      content: {
        'application/json': {
          schema: SignedOut,
          examples: { done: { summary: 'Done', value: { ok: true } } },
        },
      },
    },
  },
  errors: ['csrf_failed', 'not_supported'],
  async handle({ login, headers, secure }) {
    const cookies = required(login)
    await cookies.logout(headers)
    const header = setCookie(cookies.cookieName, '', new Date(0), secure)
    return json({ ok: true }, { ...NO_STORE, 'set-cookie': header })
  },
})

function required(login: CookieLogin | null): CookieLogin {
  if (login !== null) return login
  throw new SessionsError(
    'not_supported',
    "Signing in is the host application's here; use its own login.",
  )
}

function setCookie(name: string, value: string, expires: Date, secure: boolean): string {
  return fastifyCookie.serialize(name, value, {
    httpOnly: true,
    sameSite: 'strict',
    path: '/',
    secure,
    expires,
  })
}

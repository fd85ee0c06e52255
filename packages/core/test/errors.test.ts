import { describe, expect, it } from 'vitest'
import { ERROR_CODES, isPresenceError, PresenceError } from '../src/index.ts'

describe('a presence error', () => {
  it('carries code, message, details and cause', () => {
    const cause = new Error('ECONNREFUSED')
    const error = new PresenceError('store-error', 'the store failed', { users: 3 }, cause)
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({
      name: 'PresenceError',
      code: 'store-error',
      message: 'the store failed',
      details: { users: 3 },
    })
    expect(error.cause).toBe(cause)
  })

  it('has no details and no cause unless given', () => {
    const error = new PresenceError('forbidden', 'not for you')
    expect(error.details).toEqual({})
    expect('cause' in error).toBe(false)
  })

  it('says whether trying the same again may help', () => {
    expect(new PresenceError('unavailable', 'later').retryable).toBe(true)
    expect(new PresenceError('ended', 'kicked').retryable).toBe(false)
  })

  it('is known by its brand, also when another copy of the package made it', () => {
    const foreign = Object.assign(new Error('x'), { [Symbol.for('rollcall.error')]: true })
    expect(isPresenceError(new PresenceError('ended', 'x'))).toBe(true)
    expect(isPresenceError(foreign)).toBe(true)
  })

  it.each([new Error('x'), { code: 'ended' }, 'ended', null, undefined, 7])('is not mistaken for %j', (other) => {
    expect(isPresenceError(other)).toBe(false)
  })

  it('hides its brand from logs', () => {
    const error = new PresenceError('ended', 'x', { userId: 'ada' })
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name: 'PresenceError',
      code: 'ended',
      details: { userId: 'ada' },
    })
  })
})

describe('the table of codes', () => {
  it('says of each whether a retry may help', () => {
    const retried = Object.entries(ERROR_CODES).filter(([, { retry }]) => retry)
    expect(retried.map(([code]) => code)).toEqual(['unavailable', 'rate-limited', 'store-error'])
  })

  it('has codes that fit into a log line and a metric', () => {
    for (const code of Object.keys(ERROR_CODES)) expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/)
  })
})

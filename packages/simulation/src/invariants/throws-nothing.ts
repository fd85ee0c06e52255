import type { Invariant } from './invariant.ts'

/** The name under which code that fails is reported, so that it is not taken for a rule that was broken. */
export const THROWS_NOTHING = 'throws nothing'

/** What a store or a network never rejects with here: somebody's code is wrong. */
const OF_CODE: readonly string[] = ['TypeError', 'ReferenceError', 'RangeError', 'SyntaxError']

/** No node reports an error of its own code, whatever is done to it. Nothing is excused. */
export const throwsNothing: Invariant = {
  name: THROWS_NOTHING,
  begin(scene, complain) {
    scene.onNode(({ presence, name }) => {
      presence.on('error', (error) => {
        const { cause } = error as { readonly cause?: unknown }
        if (cause instanceof Error && OF_CODE.includes(cause.name)) complain(`node ${name}: ${cause.stack}`)
      })
    })
    return {}
  },
}

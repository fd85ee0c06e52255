import { describeLeaving } from './leaving.ts'
import { useChromium } from './use-browsers.ts'

const bye = { code: 1000, hint: true }

describeLeaving(useChromium(), { 'closing the tab': bye, navigation: bye }, 1)

export const GET = () => globalThis.rollcallTest.own()

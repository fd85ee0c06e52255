export const GET = (request) => globalThis.rollcallTest.counted(request)

// What Next bundles is this; the handlers it hands on to are those of the test, in the same process, once it runs.
const handler = (method) => (request, context) => {
  const { presence } = globalThis.rollcallTest
  return presence === null ? new Response(null, { status: 404 }) : presence[method](request, context)
}

export const GET = handler('GET')
export const HEAD = handler('HEAD')
export const POST = handler('POST')
export const PUT = handler('PUT')
export const DELETE = handler('DELETE')
export const OPTIONS = handler('OPTIONS')

/** What travels with presence here, declared once for the server and the client. */
declare module '@rollcall/core' {
  interface Register {
    spaceStates: {
      [space: `org:${string}`]: null
      /** Whether one has the channel open. */
      [space: `channel:${string}`]: { readonly reading: true } | null
    }
    signals: { typing: null }
    claimSources: never
  }
}

export {}

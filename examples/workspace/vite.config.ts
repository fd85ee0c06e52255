import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

// `pnpm dev` serves the client with hot reload and passes everything else on to a server started with `pnpm start`.
const server = process.env.ROLLCALL_DEMO_URL ?? 'http://localhost:4173'

export default defineConfig({
  plugins: [react()],
  build: {
    assetsInlineLimit: 0,
    // The transport can load Socket.IO by itself; this application hands it a socket.
    rolldownOptions: { checks: { ineffectiveDynamicImport: false } },
  },
  server: { proxy: { '/api': server, '/socket.io': { target: server, ws: true } } },
})

import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

// `pnpm dev` serves the client with hot reload and passes everything else on to a server started with `pnpm start`.
const server = process.env.ROLLCALL_DEMO_URL ?? 'http://localhost:4173'

export default defineConfig({
  plugins: [react()],
  build: { outDir: 'dist', emptyOutDir: true, assetsInlineLimit: 0 },
  server: { proxy: { '/api': server, '/socket.io': { target: server, ws: true } } },
})

import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** Where `npm run dev` listens, for `npm run -w console watch`. */
const SERVICE_URL = 'http://127.0.0.1:8080'

export default defineConfig({
  plugins: [react()],
  // The source, so that it does not matter whether the SDK has been built before.
  resolve: { alias: { '@sluice/sdk': fileURLToPath(import.meta.resolve('../sdk/src/sdk.ts')) } },
  // The service writes a nonce of its own there for each page.
  html: { cspNonce: 'CSP_NONCE' },
  build: { manifest: true, assetsInlineLimit: 0, target: 'baseline-widely-available' },
  server: { proxy: { '/v1': SERVICE_URL } },
})

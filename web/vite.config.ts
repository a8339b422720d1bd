import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** Builds `web/dist`, which every node serves; `vite web` serves the sources against the node at `THATDAM_NODE` (default the demo's first). */
export default defineConfig(({ command }) => {
  const environment = (globalThis as { process?: { env: Record<string, string | undefined> } }).process?.env ?? {}
  const target = environment['THATDAM_NODE'] ?? 'http://127.0.0.1:8081'
  const proxy = { target, changeOrigin: true }
  return {
    plugins: [react()],
    build: { outDir: 'dist', emptyOutDir: true, target: 'es2022', assetsInlineLimit: 0, modulePreload: { polyfill: false } },
    ...(command === 'serve' ? { server: { proxy: { '/api': proxy, '/whep': proxy, '/whip': proxy, '/hls': proxy, '/ws': { ...proxy, ws: true } } } } : {})
  }
})

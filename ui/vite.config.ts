import { fileURLToPath } from 'node:url';

import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const server = process.env.THREADLINE_URL ?? 'http://127.0.0.1:4318';

// The server serves what is built here; in development Vite serves the page and passes the API on.
export default defineConfig({
  plugins: [react()],
  build: {
    outDir: fileURLToPath(new URL('../server/src/threadline_server/static', import.meta.url)),
    emptyOutDir: true,
    // An inlined asset would be a data: URL, which the page's content security policy allows for images only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: { '/observability': server, '/auth': server, '/healthz': server },
  },
});

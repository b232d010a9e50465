import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    name: 'services',
    root: import.meta.dirname,
    include: ['**/*.test.ts'],
    globalSetup: './backends/global-setup.ts',
    // Most of them wait for servers: no core has to stay free.
    maxWorkers: '100%',
    // Servers are started and killed in some tests, on machines of two cores.
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});

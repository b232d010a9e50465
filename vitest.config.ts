import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    reporters: ['default', './tests/support/closing-line-reporter.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            'bootstrap/**/*.test.ts',
            'tests/alerts/**/*.test.ts',
            'tests/faults/**/*.test.ts',
            'tests/logs/**/*.test.ts',
            'tests/machines/**/*.test.ts',
            'tests/manifests/**/*.test.ts',
            'tests/scale/**/*.test.ts',
            'tests/workflows/**/*.test.ts',
            'tests/documentation/**/*.test.ts',
          ],
          // The fast ones first, and on all cores: vitest leaves one free, which of two is half of them.
          sequence: { groupOrder: 1 },
          maxWorkers: '100%',
          // Deriving a key from a passphrase takes seconds where everything else runs as well.
          testTimeout: 60_000,
        },
      },
      {
        extends: './services/vitest.config.ts',
        test: { name: 'services', root: './services', sequence: { groupOrder: 2 } },
      },
      {
        test: {
          name: 'cluster',
          include: ['tests/**/*.test.ts'],
          exclude: [
            'tests/alerts/**',
            'tests/faults/**',
            'tests/logs/**',
            'tests/machines/**',
            'tests/manifests/**',
            'tests/scale/**',
            'tests/workflows/**',
            'tests/documentation/**',
          ],
          fileParallelism: false,
          sequence: { groupOrder: 3 },
          // A test is one sentence about a running cluster; each waits with deadlines of its own.
          testTimeout: 45 * 60_000,
          hookTimeout: 10 * 60_000,
          // Each asks the same machines.
          maxConcurrency: 3,
        },
      },
    ],
  },
});

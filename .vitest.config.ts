import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/support/setup.ts'],
    // A hang is an error; a busy machine is none.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})

import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // Concurrent tests wait for sockets most of their time.
    maxConcurrency: 16,
    pool: "forks",
    reporters: ["default"],
  },
});

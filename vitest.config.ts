import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // What is awaited is awaited on busy machines too; it costs nothing where it comes at once.
    expect: { poll: { timeout: 10_000 } },
    // Concurrent tests wait for sockets most of their time.
    maxConcurrency: 16,
    pool: "forks",
    reporters: ["default"],
  },
});

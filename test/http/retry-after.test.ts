// Retry-After as others say it: seconds, dates in three forms, nonsense.
import { describe, expect, it } from "vitest";
import { RETRY_AFTER_MS_MAX, retryAfterMs } from "../../src/http/retry-after.ts";

const NOW_MS = Date.UTC(1994, 10, 6, 8, 49, 0);

describe("how long Retry-After asks to wait", () => {
  it.each([
    ["0", 0],
    ["7", 7_000],
    [" 120 ", 120_000],
    ["3600", RETRY_AFTER_MS_MAX],
    ["9999999999", RETRY_AFTER_MS_MAX],
    ["Sun, 06 Nov 1994 08:49:37 GMT", 37_000],
    ["Sunday, 06-Nov-94 08:49:37 GMT", 37_000],
    ["Sun Nov  6 08:49:37 1994", 37_000],
    ["Sun, 06 Nov 1994 08:48:00 GMT", 0],
    ["Fri, 31 Dec 2094 23:59:59 GMT", RETRY_AFTER_MS_MAX],
  ])("%j", (value, ms) => {
    expect(retryAfterMs(value, NOW_MS)).toBe(ms);
  });

  it.each([undefined, "", "soon", "-1", "1.5", "1e9", "1994-11-06", "Sun, 99 Foo 1994 08:49:37 GMT"])(
    "%j says nothing",
    (value) => {
      expect(retryAfterMs(value, NOW_MS)).toBeUndefined();
    },
  );
});

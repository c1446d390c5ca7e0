// Reads durations as people write them: `15m`, `90s`, `1h`, `250ms`.

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds, or undefined where the text is no duration over zero. */
export function parseWindow(text: string): number | undefined {
  const match = /^([0-9]{1,9})(ms|s|m|h|d)$/.exec(text);
  if (match === null) return undefined;
  const ms = Number(match[1]) * (UNITS_MS[match[2] as string] as number);
  return ms > 0 ? ms : undefined;
}

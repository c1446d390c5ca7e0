// Numbers just outside and just inside of their bounds.
import type { Mutation, Trying } from "./mutation.ts";

/** Formats with a range (OpenAPI format registry): those that JSON's numbers reach exactly. */
const RANGES: Readonly<Record<string, readonly [least: number, most: number]>> = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32_768, 32_767],
  uint16: [0, 65_535],
  int32: [-2_147_483_648, 2_147_483_647],
  uint32: [0, 4_294_967_295],
};

export function* numberMutations({ schema: { keywords, types } }: Trying): Generator<Mutation> {
  const isInteger = types.includes("integer");
  if (types.some((type) => type !== "integer" && type !== "number" && type !== "null") || types.length === 0) return;
  if (Array.isArray(keywords["enum"]) || "const" in keywords) return;
  const multiple = numberAt(keywords, "multipleOf");
  const step = isInteger ? Math.max(1, multiple ?? 1) : (multiple ?? 0.5);
  for (const side of ["minimum", "maximum"] as const) {
    const bound = boundOf(keywords, side);
    if (bound === undefined) continue;
    const away = side === "minimum" ? -step : step;
    const outside = bound.isExclusive ? bound.value : bound.value + away;
    const inside = bound.isExclusive ? bound.value - away : bound.value;
    const where = side === "minimum" ? "below its minimum" : "above its maximum";
    if (isExact(outside))
      yield { name: bound.isExclusive ? `${where}, which it may not reach` : where, value: outside, isRefused: true };
    if (isExact(inside) && (multiple === undefined || isMultiple(inside, multiple)))
      yield { name: `at its ${side} of ${bound.value}`, value: inside, isRefused: false };
  }
  if (isInteger) yield { name: "that is no whole number", value: withFraction(keywords), isRefused: true };
  else if (multiple !== undefined)
    yield { name: `that is no multiple of ${multiple}`, value: withFraction(keywords, multiple), isRefused: true };
}

interface Bound {
  readonly value: number;
  readonly isExclusive: boolean;
}

function boundOf(keywords: Readonly<Record<string, unknown>>, side: "minimum" | "maximum"): Bound | undefined {
  const exclusive = numberAt(keywords, side === "minimum" ? "exclusiveMinimum" : "exclusiveMaximum");
  const range = RANGES[String(keywords["format"])]?.[side === "minimum" ? 0 : 1];
  const candidates: Bound[] = [];
  const value = numberAt(keywords, side) ?? range;
  if (value !== undefined) candidates.push({ value, isExclusive: false });
  if (exclusive !== undefined) candidates.push({ value: exclusive, isExclusive: true });
  return candidates.sort((a, b) => (side === "minimum" ? b.value - a.value : a.value - b.value))[0];
}

function numberAt(keywords: Readonly<Record<string, unknown>>, name: string): number | undefined {
  const value = keywords[name];
  return typeof value === "number" ? value : undefined;
}

/** Within the bounds, so that nothing else is wrong with it. */
function withFraction(keywords: Readonly<Record<string, unknown>>, multiple = 1): number {
  const least = boundOf(keywords, "minimum")?.value;
  const most = boundOf(keywords, "maximum")?.value;
  const near = least ?? (most === undefined ? 0 : most - 2 * multiple);
  return Math.floor(near / multiple) * multiple + multiple * 0.5 + (least === undefined ? 0 : multiple);
}

function isExact(value: number): boolean {
  return Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value);
}

function isMultiple(value: number, multiple: number): boolean {
  return Math.abs(value / multiple - Math.round(value / multiple)) < 1e-9;
}

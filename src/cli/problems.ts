// Problems for people: place, what is wrong, what to do.
import type { Position, Problem } from "../openapi/located.ts";
import type { Colours } from "./colours.ts";

const ORDER: Readonly<Record<Problem["severity"], number>> = { error: 0, warning: 1, advice: 2 };

/** The gravest first, each as a line with its remedy below. */
export function problemLines(problems: readonly Problem[], colours: Colours): string[] {
  const paint = { error: colours.red, warning: colours.yellow, advice: colours.cyan };
  const sorted = [...problems].sort((a, b) => ORDER[a.severity] - ORDER[b.severity]);
  return sorted.flatMap(({ severity, position, message, remedy }) => {
    const place = position === undefined ? "" : `${colours.bold(placeOf(position))}: `;
    const line = `${paint[severity](severity)}  ${place}${message}`;
    return remedy === undefined || remedy === "" ? [line] : [line, `       ${colours.dim(remedy)}`];
  });
}

/** `portcullis.yaml:4:8`; a flag or an object in code has no line. */
export function placeOf({ file, line, column }: Position): string {
  return line === 0 ? file : `${file}:${line}:${column}`;
}

/** `2 errors, 1 warning` */
export function countLine(problems: readonly Problem[]): string {
  const parts = (["error", "warning", "advice"] as const).flatMap((severity) => {
    const count = problems.filter((problem) => problem.severity === severity).length;
    if (count === 0) return [];
    return [severity === "advice" ? `${count} advice` : `${count} ${severity}${count === 1 ? "" : "s"}`];
  });
  return parts.length === 0 ? "nothing to say" : parts.join(", ");
}

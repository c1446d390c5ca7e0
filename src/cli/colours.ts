// Colours for a terminal, none in a pipe (no-color.org).
import type { Io, Output } from "./io.ts";

export interface Colours {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly green: (text: string) => string;
  readonly cyan: (text: string) => string;
}

export function coloursFor(output: Output, env: Io["env"]): Colours {
  const isPlain = output.isTTY !== true || (env["NO_COLOR"] ?? "") !== "" || env["TERM"] === "dumb";
  const paint = (on: number, off: number) => (text: string) => (isPlain ? text : `\u001B[${on}m${text}\u001B[${off}m`);
  return {
    bold: paint(1, 22),
    dim: paint(2, 22),
    red: paint(31, 39),
    yellow: paint(33, 39),
    green: paint(32, 39),
    cyan: paint(36, 39),
  };
}

// Requests as browsers send them for pages of other origins (Fetch 4.8).
import type { Field, Wire } from "../wire.ts";

export function withOrigin(wire: Wire, origin: string): Wire {
  return { ...wire, fields: [...wire.fields, ["Origin", origin]] };
}

/** Asks whether the page may; without credentials. */
export function preflightOf({ target }: Wire, origin: string, method: string, names: readonly string[] = []): Wire {
  const asked: Field[] = names.length === 0 ? [] : [["Access-Control-Request-Headers", names.join(",")]];
  const fields: Field[] = [["Origin", origin], ["Access-Control-Request-Method", method], ...asked];
  return { method: "OPTIONS", target, fields };
}

// What `explain OPTIONS /path` says of preflights: the gate answers them, for the operation that they ask for.
import type { Composition } from "../../configuration/compose.ts";
import { Exchange, type RequestHead } from "../../core/exchange.ts";
import type { Denial } from "../../core/outcome.ts";
import type { Operation } from "../../openapi/operation.ts";
import type { Colours } from "../colours.ts";
import { placeOf } from "../problems.ts";

/** A head that nobody sends, as transport would settle it. */
export function settledHead(
  { settings, settle }: Composition,
  method: string,
  target: string,
  fields: readonly string[],
): RequestHead | Denial {
  const { publicUrl } = settings.transport;
  return settle({
    method,
    target,
    rawFields: ["Host", publicUrl === undefined ? "localhost" : new URL(publicUrl).host, ...fields],
    protocol: "HTTP/1.1",
    secure: true,
    peerAddress: "192.0.2.1",
  });
}

/** Any origin will do: which ones are listed is the guard's to say, and is shown in its words. */
const ASKING = ["Origin", "https://any.example", "Access-Control-Request-Method"];

/** A preflight is no mere OPTIONS: it names an origin and a method. None where no page of another origin may use the path. */
export function preflightLines(
  composition: Composition,
  { method, target }: { readonly method: string; readonly target: string },
  colours: Colours,
): string[] {
  if (method !== "OPTIONS") return [];
  const lines: string[] = [];
  const { observe } = composition.settings;
  for (const asked of new Set(composition.api.operations.map((operation) => operation.method))) {
    const settled = settledHead(composition, method, target, [...ASKING, asked]);
    if ("kind" in settled) return [];
    const gate = composition.policy.enter(new Exchange("1", settled, 0, 0));
    const guard = gate.head.find(({ name }) => name === "transport.cors-preflight");
    if (guard === undefined) continue;
    const { id } = gate.operation as Operation;
    const cors = composition.plans.get(id)?.find((one) => one.guard === "transport.cors");
    const places = (cors?.because ?? []).map(placeOf).join(", ");
    const mode = guard.mode === "enforce" ? colours.green("enforce") : colours.yellow("monitor");
    lines.push(`  preflight for ${asked}  ${mode}  ${cors?.summary ?? ""}  ${colours.dim(places)}`);
  }
  if (lines.length === 0) return [];
  const preflight = "a preflight (Origin and Access-Control-Request-Method)";
  const what = observe ? "goes to the API, and would be answered" : "is answered by the gate";
  return [...lines, `  ${preflight} ${what}: 204 for those pages, else 403. Any other OPTIONS:`];
}

// What the gate counts by address alone: everything, and credentials that are not right (CWE-307).
import type { CeilingSettings } from "../../../configuration/settings.ts";
import type { Finding } from "../../finding.ts";
import { allowedRequest } from "../answers.ts";
import type { ApiProbe, ProbeContext } from "../probe.ts";
import type { Field, Wire } from "../wire.ts";
import { tryLimit } from "./limit-trial.ts";
import { durationOf } from "./limits.ts";

/** More are not sent for one proof. */
const LIMIT_MAX = 1_500;

export const addressLimits: ApiProbe = {
  id: "address-limits",
  rules: ["dynamic.limit-missing", "dynamic.limit-evaded", "dynamic.retry-after-wrong"],
  per: "api",
  async *run(context) {
    const { settings, target, subjects } = context;
    if (target.layer !== "gate" || settings.observe || settings.rateLimiting.mode !== "enforce") return;
    const { failedAuthentication, addressCeiling } = settings.rateLimiting;
    const guarded = subjects.find(
      ({ isPublic, isSafe, policy }) =>
        !isPublic && isSafe && policy.authenticationMode === "enforce" && policy.rateLimitingMode === "enforce",
    );
    if (guarded === undefined) return;
    const allowed = await allowedRequest(guarded, context);
    if (allowed === undefined) return;
    const { nobody } = context.callers;
    const stranger = context.requests.wire(guarded, allowed.values, nobody);
    if (settings.authentication.mode === "enforce" && allowed.caller.fields.length > 0) {
      const wire = { ...stranger, fields: [...stranger.fields, ...allowed.caller.fields.map(spoiled)] };
      yield* tried("failedAuthentication", "wrong credentials of one address", failedAuthentication, wire, context);
    }
    yield* tried("addressCeiling", "requests of one address", addressCeiling, stranger, context);
  },
};

async function* tried(
  what: string,
  of: string,
  { limit, windowMs }: CeilingSettings,
  wire: Wire,
  context: ProbeContext,
): AsyncGenerator<Finding> {
  if (limit > LIMIT_MAX) return;
  const limited = await context.limited();
  // The address is everybody's behind it: the run would lock them out. That it is left out is said of the whole run.
  if (limited.isShared === true) return limited.close();
  const name = `${limit} ${of} in ${durationOf(windowMs)}`;
  try {
    yield* tryLimit(
      { name, what, limit, windowMs, subject: undefined, caller: context.callers.nobody, wire },
      limited.client,
      context,
    );
  } finally {
    await limited.close();
  }
}

/** A credential in which the last letters are others. */
function spoiled([name, value]: Field): Field {
  return [name, value.slice(0, -8) + value.slice(-8).replaceAll(/[A-Za-z]/g, (letter) => (letter === "A" ? "B" : "A"))];
}

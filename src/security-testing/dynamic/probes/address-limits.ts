// What the gate counts by address alone: everything, and credentials that are not right (CWE-307).
import type { CeilingSettings } from "../../../configuration/settings.ts";
import type { Finding, Untested } from "../../finding.ts";
import { allowedRequest, countedRequest, freshWord } from "../answers.ts";
import type { ApiProbe, ProbeContext } from "../probe.ts";
import type { Field } from "../wire.ts";
import { type Other, type Trial, tryLimit } from "./limit-trial.ts";
import { durationOf } from "./limits.ts";

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
    const limited = subjects.filter(({ policy }) => policy.rateLimitingMode === "enforce");
    if (settings.authentication.mode === "enforce" && allowed.caller.fields.length > 0) {
      const wire = { ...stranger, fields: [...stranger.fields, ...allowed.caller.fields.map(spoiled)] };
      const others: Other[] = [];
      for (const subject of limited) {
        const caller = await context.callers.allowed(subject.operation.id);
        if (subject === guarded || subject.isPublic || caller === undefined) continue;
        const counted = await countedRequest(subject, context, { ...caller, fields: caller.fields.map(spoiled) });
        if (counted !== undefined) others.push({ subject, wire: counted.wire });
      }
      const trial = { what: "failedAuthentication", of: "wrong credentials of one address", wire, others };
      yield* tried(trial, failedAuthentication, context);
    }
    const others: Other[] = [
      { subject: undefined, wire: { method: "GET", target: `/${freshWord(context)}`, fields: [] } },
    ];
    for (const subject of limited) {
      const counted = subject === guarded ? undefined : await countedRequest(subject, context, nobody);
      if (counted !== undefined) others.push({ subject, wire: counted.wire });
    }
    yield* tried(
      { what: "addressCeiling", of: "requests of one address", wire: stranger, others },
      addressCeiling,
      context,
    );
  },
};

interface AddressTrial extends Pick<Trial, "what" | "wire" | "others"> {
  readonly of: string;
}

async function* tried(
  { of, ...asked }: AddressTrial,
  { limit, windowMs }: CeilingSettings,
  context: ProbeContext,
): AsyncGenerator<Finding | Untested> {
  const name = `${limit} ${of} in ${durationOf(windowMs)}`;
  const limited = await context.limited();
  // The address is everybody's behind it: the run would lock them out. That it is left out is said of the whole run.
  if (limited.isShared) return limited.close();
  const { requests, exceeded } = context.spending.addressLimits;
  if (limit > requests) {
    yield context.untested(`the limit of ${name}`, `it allows ${exceeded}`, true);
    return limited.close();
  }
  try {
    yield* tryLimit(
      { ...asked, name, limit, windowMs, subject: undefined, caller: context.callers.nobody },
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

// Credentials that must not be believed: what believes all of them is found by every rule about them, and what judges them by none.
import { describe, expect, it, onTestFinished } from "vitest";
import { Budget } from "../../../src/security-testing/dynamic/client/budget.ts";
import { TargetClient } from "../../../src/security-testing/dynamic/client/client.ts";
import type { ProbeContext } from "../../../src/security-testing/dynamic/probe.ts";
import { tokens } from "../../../src/security-testing/dynamic/probes/tokens.ts";
import type { Finding } from "../../../src/security-testing/finding.ts";
import { json, MENDED, options } from "./strict-api.ts";
import { fires, isSilent } from "./shown.ts";
import { probed, tiny } from "./tiny.ts";
import type { Answered, Asked, Routes } from "./tiny-api.ts";

describe("an API that takes whatever looks like a token", () => {
  /** Anywhere in the request; and it asks for keys where the token says they are. */
  const credulous: Routes = {
    "*": ({ request: { headers }, query }) => {
      const sent = [headers.authorization, headers.cookie, headers["proxy-authorization"], query.get("access_token")];
      const text = /ey[\w-]+/.exec(sent.join(" "))?.[0];
      const { jku } = json(text ?? "") ?? {};
      if (typeof jku === "string") void fetch(jku).catch(() => undefined);
      return text === undefined ? { status: 401 } : { body: [] };
    },
  };

  it("is found for all that is wrong with them", async () => {
    const { findings } = await probed(tokens, await tiny(options(credulous)));
    fires(
      findings,
      "dynamic.token-signature-unchecked",
      "dynamic.token-key-from-token",
      "dynamic.token-key-fetched",
      "dynamic.token-endless-accepted",
      "dynamic.token-early-accepted",
      "dynamic.token-of-another-kind-accepted",
      "dynamic.token-malformed-accepted",
      "dynamic.token-misplaced-accepted",
      "dynamic.challenge-missing",
    );
    // Those are all refused alike, or believed alike.
    isSilent(findings, "dynamic.token-oracle");
  });

  it("is not found behind a gate that judges them, nor is the gate", async () => {
    const { findings } = await probed(tokens, await tiny(options(credulous, { layer: "gate" })));
    expect(findings).toEqual([]);
    isSilent(
      findings,
      "dynamic.token-signature-unchecked",
      "dynamic.token-key-from-token",
      "dynamic.token-key-fetched",
      "dynamic.token-endless-accepted",
      "dynamic.token-early-accepted",
      "dynamic.token-of-another-kind-accepted",
      "dynamic.token-malformed-accepted",
      "dynamic.token-misplaced-accepted",
      "dynamic.challenge-missing",
    );
  });
});

describe("a gate that takes any credential", () => {
  const BOUND =
    "authentication:\n  oauth: { issuer: https://i.example/, audience: https://api.example, dpop: require }\n";
  const KEYS = `paths:
  /things:
    get: { operationId: list, security: [{ key: [] }], responses: { "200": { description: Things. } } }
  /others:
    get: { operationId: others, security: [{ oauth: [read] }], responses: { "200": { description: Others. } } }
components:
  securitySchemes:
    key: { type: apiKey, in: header, name: X-API-Key }
    oauth: { type: oauth2, flows: { clientCredentials: { tokenUrl: "https://i.example/t", scopes: { read: r } } } }
`;
  const BOTH = `authentication:
  key: { keys: [] }
  oauth: { issuer: https://i.example/, audience: https://api.example }
`;
  /** In the words of a gate: it asks for a credential, and looks at none. */
  const asks = ({ request: { headers } }: Asked): Answered =>
    headers.authorization !== undefined || headers["x-api-key"] !== undefined
      ? { body: [] }
      : {
          status: 401,
          headers: { "Content-Type": "application/problem+json", "WWW-Authenticate": "Bearer" },
          body: { reason: "authentication.credentials-missing" },
        };

  async function foundAt(
    gate: "open" | "real",
    document: string | undefined,
    configuration: string,
  ): Promise<Finding[]> {
    const more = { configuration, ...(document === undefined ? {} : { document }) };
    const api: Routes = gate === "open" ? { "*": asks } : MENDED;
    const context = await tiny({ ...options(api, more), layer: gate === "open" ? "upstream" : "gate" });
    return (await probed(tokens, gate === "open" ? posing(context) : context)).findings;
  }

  it("is found for tokens that are bound, and for those that were taken back", async () => {
    const findings = await foundAt("open", undefined, BOUND);
    fires(findings, "dynamic.token-without-proof-accepted", "dynamic.token-revoked-accepted");
    const sound = await foundAt("real", undefined, BOUND);
    expect(sound).toEqual([]);
    isSilent(sound, "dynamic.token-without-proof-accepted", "dynamic.token-revoked-accepted");
  });

  it("is found for keys that are none, and for credentials that another operation asks for", async () => {
    const findings = await foundAt("open", KEYS, BOTH);
    fires(findings, "dynamic.api-key-invalid-accepted", "dynamic.credential-of-another-scheme-accepted");
    const sound = await foundAt("real", KEYS, BOTH);
    expect(sound).toEqual([]);
    isSilent(sound, "dynamic.api-key-invalid-accepted", "dynamic.credential-of-another-scheme-accepted");
  });
});

/** The API itself, in the place of the gate. */
function posing(context: ProbeContext): ProbeContext {
  const target = { ...context.target, layer: "gate" as const };
  const budget = new Budget({ requests: 10_000, durationMs: 60_000, perSecond: undefined }, context.signal);
  const client = new TargetClient({ target, budget, retryAfter: "ours" });
  onTestFinished(() => client.close());
  return { ...context, target, client };
}

// Proofs of possession in a composed policy: what outlives a reload, and where clients reach the gate.
import { describe, expect, it } from "vitest";
import { systemPorts } from "../../src/configuration/compose.ts";
import type { Exchange } from "../../src/core/exchange.ts";
import { systemClock } from "../../src/core/clock.ts";
import { claimsAt, issue, ISSUER, makeKey } from "../authentication/issuer.ts";
import { boundToken, proofOf, proven, URL_OF_ORDERS } from "../authentication/proofs.ts";
import { composed, enter } from "./composing.ts";

const issuer = await makeKey("ES256", "issuer");
const holder = await makeKey("ES256", "holder");
const files = { "jwks.json": JSON.stringify({ keys: [issuer.jwk] }) };
const text = (dpop = "", more = "") =>
  `authentication:\n  oauth: { issuer: "${ISSUER}", audience: "https://api.example.com", jwks: jwks.json${dpop} }\n${more}`;
const seconds = Math.floor(systemClock.nowMs() / 1_000);
const claims = { scope: "read" };

/** What the guard of credentials says of a request for an order. */
async function said(composition: Awaited<ReturnType<typeof composed>>, proof: string, token: string): Promise<string> {
  const { gate } = enter(composition, "GET", "/orders/7");
  const exchange: Exchange = proven(token, proof, "/orders/7");
  const guard = gate.head.find(({ name }) => name === "authentication.credentials");
  const outcome = await guard?.check(exchange);
  return outcome?.kind === "deny" ? outcome.reason : (outcome?.kind ?? "no guard");
}

describe("proofs in a policy", () => {
  const url = `${URL_OF_ORDERS}/7`;

  it("D02 that were used are known to the policy that takes its place", async () => {
    const ports = systemPorts();
    const shared = { proofs: ports.proofs };
    const [before, after, another] = [
      await composed(text(), { files, ports: shared }),
      await composed(text(", dpop: { maxAge: 10m }"), { files, ports: shared }),
      await composed(text(), { files }),
    ];
    const token = await boundToken(issuer, holder, seconds, claims);
    const proof = proofOf(holder, { token, seconds, url });
    expect(await said(before, proof, token)).toBe("continue");
    expect(await said(after, proof, token)).toBe("authentication.proof-replayed");
    // Nothing is shared with another process.
    expect(await said(another, proof, token)).toBe("continue");
  });

  it("D03 are made for the public URL, too, where the owner wrote it", async () => {
    const token = await boundToken(issuer, holder, seconds, claims);
    const proof = () => proofOf(holder, { token, seconds, url: "http://localhost/orders/7" });
    const written = 'transport: { publicUrl: "http://localhost", tls: dangerouslyOff }\n';
    expect(await said(await composed(text("", written), { files }), proof(), token)).toBe("continue");
    expect(await said(await composed(text(), { files }), proof(), token)).toBe("authentication.proof-request-mismatch");
  });

  it("are judged as the settings say: only noted where the gate observes, asked of everybody with require", async () => {
    const { gate } = enter(await composed(text(), { files, observe: true }), "GET", "/orders/7");
    expect(gate.head.find(({ name }) => name === "authentication.credentials")?.mode).toBe("monitor");
    const plain = await issue(issuer, claimsAt(seconds, claims));
    const required = await composed(text(", dpop: require"), { files });
    expect(await said(required, "x", plain)).toBe("authentication.token-unbound");
  });
});

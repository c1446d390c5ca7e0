// Guards the probe of CORS at a gate that lets some pages in: what the policy says, and no more.
import { describe, expect, it } from "vitest";
import type { CorsSettings } from "../../../src/configuration/settings.ts";
import { cors } from "../../../src/security-testing/dynamic/probes/cors.ts";
import { fires, isSilent } from "./shown.ts";
import { DOCUMENT, SOUND } from "./surface-api.ts";
import { probed, tiny } from "./tiny.ts";

describe("the probe of CORS, at a gate with pages that are listed", () => {
  const OAUTH = "authentication:\n  oauth: { issuer: https://i.example/, audience: https://api.example }\n";
  const gated = async (rules: string, expected: Partial<CorsSettings> = {}) => {
    const configuration = `${OAUTH}transport: { cors: ${rules} }\n`;
    const context = await tiny({ document: DOCUMENT, api: SOUND, configuration, layer: "gate" });
    const subjects = context.subjects.map((subject) => {
      const cors = subject.policy.cors && { ...subject.policy.cors, ...expected };
      return { ...subject, policy: { ...subject.policy, cors } };
    });
    const { findings } = await probed(cors, { ...context, subjects });
    return findings.map(({ rule, message }) => `${rule}: ${message}`);
  };
  const LISTED = "origins: [https://app.example]";

  it("is silent where the gate does what the policy says", async () => {
    expect(await gated(`{ ${LISTED} }`)).toEqual([]);
    expect(await gated(`{ ${LISTED}, credentials: true, allowedHeaders: [X-One] }`)).toEqual([]);
    expect(await gated('{ origins: "*" }')).toEqual([]);
    isSilent(await gated(`{ ${LISTED}, credentials: true }`), "dynamic.cors-beyond-policy");
  });

  it("finds a gate that answers pages which the policy does not list", async () => {
    const found = await gated('{ origins: "*" }', { origins: ["https://app.example"] });
    expect(found).toContain("dynamic.cors-reflected: Pages of any origin may read answers");
  });

  it("finds a gate that lets pages send cookies which the policy does not", async () => {
    const found = await gated(`{ ${LISTED}, credentials: true }`, { credentials: false });
    fires(found, "dynamic.cors-beyond-policy");
    expect(found).toEqual([
      "dynamic.cors-beyond-policy: Pages that are listed may send cookies, which the policy does not allow",
    ]);
  });
});

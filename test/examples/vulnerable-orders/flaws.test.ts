// The labels of the vulnerable sample are true: each flaw shows by requests written by hand, and in the hardened twin none does.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningShop, startShop } from "../../../examples/vulnerable-orders/api.ts";
import { OPERATIONS } from "../../../examples/vulnerable-orders/document.ts";
import { ALL_FLAWS, flawsNamed, LABELS, NO_FLAWS } from "../../../examples/vulnerable-orders/flaws.ts";
import { testCertificate } from "../../gateway/certificates.ts";
import { CALLERS_PROOFS } from "./callers-proofs.ts";
import { Place, type Proof } from "./place.ts";
import { SURFACE_PROOFS } from "./surface-proofs.ts";
import { VALUES_PROOFS } from "./values-proofs.ts";
import { behindGate, type Gated } from "./behind-gate.ts";

const PROOFS: Readonly<Record<string, Proof>> = { ...CALLERS_PROOFS, ...VALUES_PROOFS, ...SURFACE_PROOFS };
const proofOf = (id: string) => PROOFS[id] as Proof;
const certificateFor = async (over: string | undefined) =>
  over === "https" ? { certificate: await testCertificate() } : {};
const at = (shop: RunningShop) => new Place(shop.url, shop.tokens);

describe("flaws.yaml", () => {
  it("has at least 25 flaws over the whole Top 10, each with a proof, and no proof without", () => {
    expect(LABELS.length).toBeGreaterThanOrEqual(25);
    expect(Object.keys(PROOFS).sort()).toEqual([...ALL_FLAWS].sort());
    expect(ALL_FLAWS.size).toBe(LABELS.length);
    const classes = new Set(LABELS.map(({ owasp }) => owasp));
    expect([...classes].sort()).toEqual(Array.from({ length: 10 }, (_, i) => `API${i + 1}:2023`).sort());
  });

  it.each(LABELS)("names what there is: $id", ({ operation, rule, reach }) => {
    const ids = OPERATIONS.map(({ id }) => id);
    expect(operation === "*" || operation.includes(" /") || ids.includes(operation)).toBe(true);
    expect(rule).toMatch(/^dynamic\.[a-z]+(-[a-z]+)*$/);
    expect(["gate", "upstream"]).toContain(reach);
  });

  it("is all that can be switched", () => {
    expect(() => flawsNamed(["order-read-by-another", "order-eaten"])).toThrow("no flaw order-eaten");
  });
});

describe.each(LABELS)("$id: $what", ({ id, over, reach }) => {
  it.each([
    ["shows where all flaws are on", ALL_FLAWS, true],
    ["shows where it alone is on", flawsNamed([id]), true],
    ["does not show in the twin", NO_FLAWS, false],
    ["does not show where all others are on", new Set([...ALL_FLAWS].filter((other) => other !== id)), false],
  ])("%s", async (_name, flaws, shows) => {
    const shop = await startShop({ flaws, ...(await certificateFor(over)) });
    try {
      expect(await proofOf(id)(at(shop))).toBe(shows);
    } finally {
      await shop.close();
    }
  });

  const [flawed, hardened] = [gated(ALL_FLAWS, over === "https"), gated(NO_FLAWS, over === "https")];

  it(`${reach === "gate" ? "shows" : "does not show"} through the gate, and never with the twin behind`, async () => {
    const [before, behind] = [await flawed(), await hardened()];
    before.shop.reset();
    expect(await proofOf(id)(before.place)).toBe(reach === "gate");
    behind.shop.reset();
    expect(await proofOf(id)(behind.place)).toBe(false);
  });
});

const started = new Map<string, Promise<Gated>>();

/** One for all labels. */
function gated(flaws: ReadonlySet<string>, isSecure: boolean): () => Promise<Gated> {
  const name = `${flaws.size} ${isSecure}`;
  return () => {
    const running = started.get(name) ?? behindGate(flaws, isSecure);
    started.set(name, running);
    return running;
  };
}

afterAll(async () => {
  for (const running of started.values()) {
    // oxlint-disable-next-line no-await-in-loop
    await (await running).close();
  }
});

describe("the owner's reset", () => {
  let shop: RunningShop;
  beforeAll(async () => void (shop = await startShop({ flaws: ALL_FLAWS })));
  afterAll(() => shop.close());

  it("puts everything back, and keeps tokens good", async () => {
    const place = at(shop);
    const id = await place.order("ann");
    const token = place.token("ann");
    expect((await place.ask(`GET /v2/orders/${id}`, { token })).status).toBe(200);
    shop.reset();
    expect((await place.ask(`GET /v2/orders/${id}`, { token })).status).toBe(404);
    expect((await place.ask("GET /v2/orders", { token })).text).toBe("[]");
  });
});

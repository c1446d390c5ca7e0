// By hand, one for each label: who may do what, and whose token is believed.
import { createHmac, type JsonWebKey } from "node:crypto";
import { AUDIENCE, ISSUER, pemOf } from "../../../examples/vulnerable-orders/tokens.ts";
import type { Place, Proof } from "./place.ts";

const OBJECTS: Readonly<Record<string, Proof>> = {
  "order-read-by-another": async (place) => {
    const id = await place.order("ann");
    const read = await place.ask(`GET /v2/orders/${id}`, { token: place.token("ben") });
    return read.status === 200 && read.json["note"] === "of mine";
  },
  "order-changed-by-another": async (place) => {
    const id = await place.order("ann");
    await place.ask(`PATCH /v2/orders/${id}`, { token: place.token("ben"), json: { note: "ben was here" } });
    const read = await place.ask(`GET /v2/orders/${id}`, { token: place.token("ann") });
    return read.json["note"] === "ben was here";
  },
  "order-deleted-by-another": async (place) => {
    const id = await place.order("ann");
    await place.ask(`DELETE /v2/orders/${id}`, { token: place.token("ben") });
    const read = await place.ask(`GET /v2/orders/${id}`, { token: place.token("ann") });
    return read.status === 404;
  },
  "invoice-read-by-another": async (place) => {
    const id = await place.order("ann");
    const read = await place.ask(`GET /v2/orders/${id}/invoice`, { token: place.token("ben") });
    return read.status === 200 && read.json["customer"] === "ann";
  },
  "address-existence-told": async (place) => {
    const id = await place.address("ann");
    const token = place.token("ben");
    const others = await place.ask(`GET /v2/addresses/${id}`, { token });
    const none = await place.ask("GET /v2/addresses/b0a2fbf6-3a1f-4a10-9a8e-6a2f6c0a9d11", { token });
    return others.status === 403 && none.status === 404;
  },
  "address-after-delete": async (place) => {
    const id = await place.address("ann");
    const token = place.token("ann");
    const { status } = await place.ask(`DELETE /v2/addresses/${id}`, { token });
    const read = await place.ask(`GET /v2/addresses/${id}`, { token });
    return status === 204 && read.status === 200;
  },
  "order-left-by-failure": async (place) => {
    const token = place.token("ann");
    const { status } = await place.ask("POST /v2/orders", { token, json: { sku: "ZZZ-999", quantity: 1 } });
    const list = await place.ask("GET /v2/orders", { token });
    return status === 422 && list.text.includes("ZZZ-999");
  },
};

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const nowS = () => Math.floor(Date.now() / 1000);
const claims = () => ({
  iss: ISSUER,
  aud: AUDIENCE,
  sub: "ann",
  iat: nowS(),
  exp: nowS() + 600,
  client_id: "shop",
  jti: "made-by-hand",
  scope: "orders:read orders:write",
  roles: ["customer"],
});

function macked(secret: string): string {
  const signed = `${encoded({ alg: "HS256", kid: "shop", typ: "at+jwt" })}.${encoded(claims())}`;
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}

async function isBelieved(place: Place, token: string): Promise<boolean> {
  const { status, json } = await place.ask("GET /v2/me", { token });
  return status === 200 && json["id"] === "ann";
}

const TOKENS: Readonly<Record<string, Proof>> = {
  "token-unsigned": (place) => isBelieved(place, `${encoded({ alg: "none", typ: "at+jwt" })}.${encoded(claims())}.`),
  "token-expired": (place) => isBelieved(place, place.token("ann", { iat: nowS() - 7200, exp: nowS() - 3600 })),
  "token-of-another-audience": (place) => isBelieved(place, place.token("ann", { aud: "https://other.example.com" })),
  "token-of-another-issuer": (place) => isBelieved(place, place.token("ann", { iss: "https://evil.example.com/" })),
  "token-key-confusion": (place) => isBelieved(place, macked(pemOf(place.tokens.jwks[0] as JsonWebKey))),
  "token-weak-secret": (place) => isBelieved(place, macked("secret")),
  "token-in-query": async (place) => {
    const { status, json } = await place.ask(`GET /v2/me?access_token=${place.token("ann")}`);
    return status === 200 && json["id"] === "ann";
  },
  "token-after-sign-out": async (place) => {
    const token = place.token("ann");
    const { status } = await place.ask("DELETE /v2/sessions/current", { token });
    return status === 204 && (await isBelieved(place, token));
  },
  "guessing-unlimited": async (place) => {
    const statuses = new Set<number>();
    for (let i = 0; i < 30; i += 1) {
      const json = { user: "alice", password: `guess ${i}` };
      // oxlint-disable-next-line no-await-in-loop -- one after the other, as it is counted
      statuses.add((await place.ask("POST /v2/sessions", { json })).status);
    }
    return statuses.size === 1 && statuses.has(401);
  },
  "account-existence-told": async (place) => {
    const tell = async (user: string) => place.ask("POST /v2/sessions", { json: { user, password: "wrong" } });
    const [known, unknown] = [await tell("alice"), await tell("nobody")];
    return known.status === 401 && unknown.status === 401 && known.text !== unknown.text;
  },
};

const FUNCTIONS: Readonly<Record<string, Proof>> = {
  "users-without-role": async (place) => {
    const { status } = await place.ask("GET /v2/admin/users", { token: place.token("ann") });
    return status === 200;
  },
  "refund-without-scope": async (place) => {
    const id = await place.order("ann");
    const { json } = await place.ask(`POST /v2/orders/${id}/refund`, { token: place.token("ann") });
    return json["status"] === "refunded";
  },
  "statistics-anonymous": async (place) => (await place.ask("GET /v2/statistics")).status === 200,
  "method-overridden": async (place) => {
    const id = await place.order("ann");
    const headers = { "x-http-method-override": "DELETE" };
    await place.ask(`GET /v2/orders/${id}`, { token: place.token("ann", { scope: "orders:read" }), headers });
    return (await place.ask(`GET /v2/orders/${id}`, { token: place.token("ann") })).status === 404;
  },
  "method-undeclared": async (place) => {
    const { status } = await place.ask("PUT /v2/products/TEA-001", { json: { cents: 1 } });
    return status === 204 && (await place.ask("GET /v2/products/TEA-001")).json["cents"] === 1;
  },
  "version-old": async (place) => {
    const id = await place.order("ann");
    return (await place.ask(`GET /v1/orders/${id}`)).json["note"] === "of mine";
  },
  "sibling-undeclared": async (place) => {
    await place.order("ann");
    return (await place.ask("GET /v2/orders/export")).text.includes("of mine");
  },
};

export const CALLERS_PROOFS = { ...OBJECTS, ...TOKENS, ...FUNCTIONS };

// Clients that sign, as administrators make and change them: which keys they may have, and that a key taken away ends what it got.
import { beforeAll, describe, expect, it } from "vitest";
import { makeKey, type TestKey } from "../authentication/issuer.ts";
import { DATABASES, serversOn } from "./databases.ts";
import { ASSERTION_TYPE, assertionOf, post, publicKeyOf } from "./key-clients.ts";

const ACTOR = { kind: "command", id: "test" } as const;

describe.each(DATABASES)("on $name", ({ kind }) => {
  const servers = serversOn(kind);
  const { isHere } = servers;
  let key: TestKey;
  let next: TestKey;

  beforeAll(async () => {
    key = await makeKey("ES256", "first");
    next = await makeKey("ES256", "second");
  });

  const clients = () => servers.serving.identity.administration.clients;
  const ask = (id: string, by: TestKey) =>
    post(servers.other, "/token", {
      grant_type: "client_credentials",
      scope: "orders:read",
      client_assertion_type: ASSERTION_TYPE,
      client_assertion: assertionOf(by, { issuer: servers.serving.issuer, id }),
    });

  it.runIf(isHere)("a machine with a key has no secret, and its next key takes the place of the first", async () => {
    const made = await clients().add("signing", { profile: "machine", keys: [publicKeyOf(key)] }, ACTOR);
    expect(made).toMatchObject({ client: { keys: [publicKeyOf(key)], secrets: [] } });
    expect(made).not.toHaveProperty("secret");
    expect(await clients().addSecret("signing", ACTOR)).toMatchObject({ refused: "identity.client-without-secrets" });
    expect((await ask("signing", key)).status).toBe(200);
    await clients().change("signing", { keys: [publicKeyOf(key), publicKeyOf(next)] }, ACTOR);
    expect([(await ask("signing", key)).status, (await ask("signing", next)).status]).toEqual([200, 200]);
    await clients().change("signing", { keys: [publicKeyOf(next)] }, ACTOR);
    expect([(await ask("signing", key)).status, (await ask("signing", next)).status]).toEqual([401, 200]);
    const feed = await servers.serving.identity.revocations.since(0);
    expect(feed.map(({ value }) => value)).toContain("signing");
  });

  it.runIf(isHere).each<[string, (key: TestKey) => readonly Record<string, unknown>[], string]>([
    ["fapi2", () => [], "its public keys are needed"],
    ["public", (one) => [publicKeyOf(one)], "A public client has no keys"],
    ["machine", (one) => [one.privateKey.export({ format: "jwk" })], "it is a private key"],
    ["machine", (one) => [publicKeyOf(one), publicKeyOf(one)], "each needs a kid of its own"],
    ["machine", () => [{ jwks_uri: "https://evil.example/" }], "it is no JWK"],
  ])("T20 a client %s with other keys is refused", async (profile, keys, words) => {
    const redirectUris = profile === "machine" ? [] : ["https://app.example.com/"];
    const draft = { profile: profile as "machine", redirectUris, keys: keys(key) };
    const refused = await clients().add("refused", draft, ACTOR);
    expect(JSON.stringify(refused)).toContain("identity.client-invalid");
    expect(JSON.stringify(refused)).toContain(words);
  });
});

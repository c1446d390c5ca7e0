// Codes and refresh tokens are used once, whatever comes at once; what a replay had given ends (T01, T02, T06, T07).
import { decodeJwt } from "jose";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../src/core/clock.ts";
import { putSuccessor } from "../../src/identity/artifacts/refresh-repetition.ts";
import { askForTokens, authorize, discover, redeem, signUp } from "./flows.ts";
import { naiveServer } from "./naive-server.ts";
import { postgresPrograms, type RunningPostgres, startPostgres } from "./postgres.ts";
import { declareClients, REDIRECT, serveIdentity, type Serving } from "./serving.ts";

const programs = postgresPrograms();
const AT_ONCE = 50;

const naive = naiveServer();

/** Held, so that whatever comes at once comes within the time that a lost answer is forgiven in, however busy the machine is. */
let heldMs: number | undefined;
const clock = { ...systemClock, nowMs: () => heldMs ?? Date.now() };

/** What nothing guards: every one of so many at once gets tokens, and so does whoever comes later. */
async function worksUnguarded(form: Readonly<Record<string, string>>): Promise<void> {
  const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => askForTokens(naive(), form)));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(AT_ONCE);
  expect((await askForTokens(naive(), form)).status).toBe(200);
}

describe.each([
  { name: "SQLite", kind: "sqlite" },
  { name: "PostgreSQL", kind: "postgresql" },
])("on $name", ({ kind }) => {
  const isHere = kind === "sqlite" || programs !== undefined;
  let postgres: RunningPostgres | undefined;
  let serving: Serving;

  beforeAll(async () => {
    if (!isHere) return;
    if (kind === "postgresql") postgres = await startPostgres(programs as string);
    serving = await serveIdentity(postgres?.database("identity"), clock);
    await declareClients(serving.identity);
    await signUp(serving, "ann@example.com");
  });

  afterAll(async () => {
    await serving?.close();
    await postgres?.stop();
  });

  afterEach(() => {
    heldMs = undefined;
  });

  const codeForm = async () => {
    const config = await discover(serving, "spa");
    const authorized = await authorize(config, "ann@example.com");
    return {
      grant_type: "authorization_code",
      client_id: "spa",
      redirect_uri: REDIRECT,
      code: authorized.back.searchParams.get("code") as string,
      code_verifier: authorized.verifier,
    };
  };

  it.runIf(isHere)("T02 one code, 50 requests at once: one success", async () => {
    await worksUnguarded(await naive().codeForm());
    const form = await codeForm();
    const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => askForTokens(serving, form)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const refused = answers.filter(({ status }) => status !== 200);
    expect(new Set(refused.map(({ body }) => body["error"]))).toEqual(new Set(["invalid_grant"]));
    expect(serving.failures).toEqual([]);
  });

  it.runIf(isHere)("T01 a code replayed later is refused, and what it gave is revoked", async () => {
    await worksUnguarded(await naive().codeForm());
    const form = await codeForm();
    const { body: given } = await askForTokens(serving, form);
    const replay = await askForTokens(serving, form);
    expect(replay).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
    const refresh = { grant_type: "refresh_token", client_id: "spa", refresh_token: String(given["refresh_token"]) };
    expect(await askForTokens(serving, refresh)).toMatchObject({ status: 400 });
    const { sid } = decodeJwt(String(given["access_token"]));
    const feed = await serving.identity.revocations.since(0);
    expect(feed).toContainEqual(expect.objectContaining({ kind: "session", value: sid }));
  });

  const refreshForm = async () => {
    const config = await discover(serving, "spa");
    const tokens = await redeem(config, await authorize(config, "ann@example.com"));
    return { grant_type: "refresh_token", client_id: "spa", refresh_token: tokens.refresh_token as string };
  };

  it.runIf(isHere)("T07 one refresh token, 50 requests at once: at most two answers, one live successor", async () => {
    await worksUnguarded(await naive().refreshForm());
    const form = await refreshForm();
    heldMs = Date.now();
    const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => askForTokens(serving, form)));
    const given = answers.filter(({ status }) => status === 200).map(({ body }) => String(body["refresh_token"]));
    expect(given.length).toBeGreaterThanOrEqual(1);
    expect(given.length).toBeLessThanOrEqual(2);
    expect(serving.failures).toEqual([]);
    const next = given.map((token) => askForTokens(serving, { ...form, refresh_token: token }));
    expect((await Promise.all(next)).filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it.runIf(isHere)("T07 one refresh token, two requests at once: both are answered, one successor lives", async () => {
    for (let i = 0; i < 10; i += 1) {
      const form = await refreshForm();
      const answers = await Promise.all([1, 2].map(() => askForTokens(serving, form)));
      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
      const { artifacts } = serving.identity;
      const found = answers.map(({ body }) => artifacts.find("RefreshToken", String(body["refresh_token"])));
      expect((await Promise.all(found)).filter((one) => one !== undefined)).toHaveLength(1);
    }
  });

  it.runIf(isHere)(
    "T06 a server that dies between use and successor signs nobody out, and gives no second one later",
    async () => {
      const form = await refreshForm();
      const { artifacts } = serving.identity;
      const id = form.refresh_token;
      expect(await artifacts.consume("RefreshToken", id)).toBe(true);
      const again = await askForTokens(serving, form);
      expect(again.status).toBe(200);
      // It was not dead but slow: what it would give now is refused.
      const late = { previousId: id, repeats: false };
      expect(await putSuccessor(artifacts, "RefreshToken", "late", {}, 60, late)).toBe(false);
      const next = { ...form, refresh_token: String(again.body["refresh_token"]) };
      expect((await askForTokens(serving, next)).status).toBe(200);
    },
  );

  it.runIf(isHere)("T06 a lost answer is given once more; a later use ends the family", async () => {
    await worksUnguarded(await naive().refreshForm());
    const form = await refreshForm();
    heldMs = Date.now();
    const first = await askForTokens(serving, form);
    const again = await askForTokens(serving, form);
    expect([first.status, again.status]).toEqual([200, 200]);
    // The answer that was lost has no live token any more.
    const lost = { ...form, refresh_token: String(first.body["refresh_token"]) };
    expect((await askForTokens(serving, lost)).status).toBe(400);
    heldMs += 11_000;
    expect((await askForTokens(serving, form)).status).toBe(400);
    const live = { ...form, refresh_token: String(again.body["refresh_token"]) };
    expect((await askForTokens(serving, live)).status).toBe(400);
  });

  it.runIf(isHere)("T06 a third use at once is refused and ends nothing, until a successor was used", async () => {
    await worksUnguarded(await naive().refreshForm());
    const form = await refreshForm();
    heldMs = Date.now();
    await askForTokens(serving, form);
    const again = await askForTokens(serving, form);
    // An application that is open in three windows.
    expect(await askForTokens(serving, form)).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
    const live = { ...form, refresh_token: String(again.body["refresh_token"]) };
    const next = await askForTokens(serving, live);
    expect(next.status).toBe(200);
    // Who has a successor has no need of it any more.
    expect((await askForTokens(serving, form)).status).toBe(400);
    const last = { ...form, refresh_token: String(next.body["refresh_token"]) };
    expect((await askForTokens(serving, last)).status).toBe(400);
  });
});

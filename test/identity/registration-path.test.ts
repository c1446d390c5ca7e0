// `POST /api/register` at a path of the owner's own: the same answers as below the path of the authorization server, and nothing else there.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PASSWORD, serveIdentity, type Serving } from "./serving.ts";
import { withoutTable } from "./without-table.ts";

describe("the path of the owner's own", () => {
  let serving: Serving;
  beforeAll(async () => {
    serving = await serveIdentity();
  });
  afterAll(() => serving.close());

  const ask = (path: string, init: RequestInit) => fetch(new URL(path, serving.issuer), init);
  const json = (value: unknown): RequestInit => ({
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(value),
  });

  it("P07 a new and a known address are answered alike, here and there", async () => {
    const answers = new Set<string>();
    for (const path of ["/api/register", "/identity/api/register"]) {
      for (let i = 0; i < 2; i += 1) {
        const answer = await ask(path, json({ email: `ann@${path.length}.example`, password: PASSWORD }));
        answers.add(`${answer.status} ${answer.headers.get("content-type") ?? ""} ${await answer.text()}`);
      }
    }
    expect([...answers]).toEqual([expect.stringMatching(/^202 application\/json \{"message":/)]);
    expect(serving.mails.map(({ subject }) => subject.split(" ")[0])).toEqual(["Confirm", "You", "Confirm", "You"]);
  });

  it("a stranger who was first with an address and a password gets nothing by its owner's confirming", async () => {
    const linkIn = (i: number, kind: string) =>
      new RegExp(`/${kind}\\?token=(\\S+)`).exec(serving.mails.at(i)?.text ?? "")?.[1] as string;
    const email = "owner@example.com";
    await ask("/api/register", json({ email, password: "the stranger's sentence" }));
    const first = linkIn(-1, "verify");
    await ask("/api/register", json({ email, password: "the owner's sentence" }));
    const { accounts } = serving.identity;
    expect(await accounts.verifyEmail(first)).toBeUndefined();
    expect(await accounts.signIn(email, "the stranger's sentence")).toBeUndefined();
    expect(await accounts.reset(linkIn(-1, "reset"), "the owner's sentence")).toBeTypeOf("object");
    expect(await accounts.signIn(email, "the stranger's sentence")).toBeUndefined();
    expect(await accounts.signIn(email, "the owner's sentence")).toBeTypeOf("object");
  });

  it.each(["/api/register", "/identity/api/register?from=page"])(
    "%s answers a failure of ours by JSON too",
    async (at) => {
      const asked = json({ email: "failing@example.com", password: PASSWORD });
      const headers = { "content-type": "application/json", accept: "text/html, */*" };
      const { database } = serving.identity.artifacts;
      const answer = await withoutTable("account", database, () => ask(at, { ...asked, headers }));
      expect([answer.status, answer.headers.get("content-type")]).toEqual([500, "application/problem+json"]);
      expect(await answer.json()).toMatchObject({ status: 500 });
    },
  );

  it.each([
    ["GET", { method: "GET" }, 404],
    ["a form", { method: "POST", body: new URLSearchParams({ email: "a@b.example", password: PASSWORD }) }, 400],
    ["text that a page of another origin may send", { method: "POST", body: "{}" }, 400],
  ])("P18 %s makes nothing", async (_what, init, status) => {
    expect((await ask("/api/register", init)).status).toBe(status);
  });

  it.each([
    ["no object", [], 400],
    ["no password", { email: "ann@b.example" }, 400],
    ["a number", { email: "ann@b.example", password: 123_456_789_012 }, 400],
    ["11 characters", { email: "ann@b.example", password: "tooshort123" }, 400],
  ])("%s is refused", async (_what, value, status) => {
    expect((await ask("/api/register", json(value))).status).toBe(status);
  });
});

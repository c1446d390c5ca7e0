// Attacks on one-time and recovery codes (P14): used twice, by many at once, guessed, read from the database.
import { describe, expect, it, onTestFinished } from "vitest";
import { systemClock } from "../../src/core/clock.ts";
import { totpCode, totpStep } from "../../src/identity/factors/totp.ts";
import { DATABASES, serversOn } from "./databases.ts";
import { Holder } from "./holder.ts";
import { naiveServer } from "./naive-server.ts";
import type { Page } from "./person.ts";

const AT_ONCE = 50;

const naive = naiveServer();
/** Of what nothing guards: it remembers no code. */
const SECRET = Buffer.from("12345678901234567890");
const RECOVERY_CODE = "AAAA-BBBB-CCCC-DDDD";
const ofNow = () => totpCode(SECRET, totpStep(Date.now() / 1_000));

/** Of as many tries at once: those that it takes. */
async function takenUnguarded(codes: readonly string[]): Promise<number> {
  naive().accounts.secrets.set("ann", SECRET);
  naive().accounts.recoveryCodes.set("ann", [RECOVERY_CODE]);
  const tries = codes.map(async (code) => (await naive().post("/api/code", { email: "ann", code })).status);
  return (await Promise.all(tries)).filter((status) => status === 200).length;
}

const times = (code: string) => Array.from({ length: AT_ONCE }, () => code);

describe.each(DATABASES)("on $name", ({ kind }) => {
  const servers = serversOn(kind);
  const { isHere } = servers;

  const step = async (holder: Holder): Promise<Page> => {
    holder.inNewBrowser();
    return holder.typePassword((await holder.ask()).page);
  };

  it.runIf(isHere)("P14 the code that added the app opens nothing, nor does one that was used", async () => {
    const code = ofNow();
    expect([await takenUnguarded([code]), await takenUnguarded([code])]).toEqual([1, 1]);
    const ann = await Holder.withAccount(servers.serving, "reuse@example.com");
    await ann.addApp();
    const first = ann.code();
    expect((await ann.typeCode(await step(ann), first)).status).toBe(401);
    servers.aheadMs += 30_000;
    const next = ann.code();
    expect((await ann.typeCode(await step(ann), next)).text).toContain("asks for access");
    expect((await ann.typeCode(await step(ann), next)).status).toBe(401);
    expect((await ann.typeCode(await step(ann), ann.code(-1))).status).toBe(401);
  });

  it.runIf(isHere)(
    `P14 one code, ${AT_ONCE} uses at once, on two servers where there can be: one success`,
    async () => {
      expect(await takenUnguarded(times(ofNow()))).toBe(AT_ONCE);
      const ann = await Holder.withAccount(servers.serving, "at-once@example.com");
      await ann.addApp();
      servers.aheadMs += 30_000;
      const id = await ann.accountId();
      const code = ann.code();
      const answers = await Promise.all(
        Array.from({ length: AT_ONCE }, (_, i) => {
          const { secondFactors } = (i % 2 === 0 ? servers.serving : servers.other).identity;
          // Each from a device of its own, so that none is held up by the others.
          return secondFactors.useCode(id, code, `device-${i}`);
        }),
      );
      expect(answers.filter((answer) => answer === true)).toHaveLength(1);
      expect(answers.filter((answer) => answer === false)).toHaveLength(AT_ONCE - 1);
    },
  );

  it.runIf(isHere)(`P14 one recovery code, ${AT_ONCE} uses at once: one success`, async () => {
    expect(await takenUnguarded(times(RECOVERY_CODE))).toBe(AT_ONCE);
    const ann = await Holder.withAccount(servers.serving, "recover-once@example.com");
    await ann.addApp();
    const id = await ann.accountId();
    const code = ann.recoveryCodes[0] as string;
    const answers = await Promise.all(
      Array.from({ length: AT_ONCE }, (_, i) =>
        (i % 2 === 0 ? servers.serving : servers.other).identity.recovery.use(id, code),
      ),
    );
    expect(answers.filter(Boolean)).toHaveLength(1);
  });

  it.runIf(isHere)("P14 guesses are slowed down, the right one works later, and a known device goes on", async () => {
    expect(await takenUnguarded([...times("000000"), ofNow()])).toBe(1);
    const ann = await Holder.withAccount(servers.serving, "guesses@example.com");
    await ann.addApp();
    servers.standsAtMs = systemClock.nowMs();
    onTestFinished(() => {
      servers.standsAtMs = undefined;
    });
    let page = await step(ann);
    const statuses: number[] = [];
    for (let i = 0; i < 7; i += 1) {
      const answer = await ann.typeCode(page, "000000");
      statuses.push(answer.status);
      page = answer;
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429]);
    expect(page.headers.get("retry-after")).toBe("1");
    servers.aheadMs += 60_000;
    expect((await ann.typeCode(page, ann.code())).text).toContain("asks for access");
    const id = await ann.accountId();
    const { secondFactors } = servers.serving.identity;
    for (let i = 0; i < 6; i += 1) await secondFactors.useCode(id, "000000", undefined);
    expect(await secondFactors.useCode(id, "000000", undefined)).toBeTypeOf("number");
    servers.aheadMs += 30_000;
    expect(await secondFactors.useCode(id, ann.code(), "a-known-device")).toBe(true);
  });

  it.runIf(isHere)("P14 a device is known only once it has shown both", async () => {
    const ann = await Holder.withAccount(servers.serving, "device@example.com");
    await ann.addApp();
    await step(ann);
    expect([...ann.person.cookies.keys()].filter((name) => name.includes("device"))).toEqual([]);
  });

  it.runIf(isHere)("P14 neither secrets nor recovery codes stand in the database", async () => {
    const ann = await Holder.withAccount(servers.serving, "sealed@example.com");
    await ann.addApp();
    const { factors } = servers.serving.identity;
    const [factor] = await factors.ofKind(await ann.accountId(), "totp");
    expect(factor?.secret.equals(ann.secret)).toBe(true);
    const rows = await servers.serving.rows(["account", "factor", "recovery_code", "artifact"]);
    const text = rows
      .flatMap((row) => Object.values(row as Record<string, unknown>))
      .map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : String(value)))
      .join("\n");
    expect(text).toContain(ann.email);
    const encodings = (["latin1", "base64url", "hex"] as const).map((encoding) => ann.secret.toString(encoding));
    for (const secret of [...encodings, ...ann.recoveryCodes]) {
      expect(text).not.toContain(secret);
      expect(text).not.toContain(secret.replaceAll("-", ""));
    }
  });

  it.runIf(isHere)("nothing of this was a fault of the server", () => {
    expect([...servers.serving.failures, ...servers.other.failures]).toEqual([]);
  });
});

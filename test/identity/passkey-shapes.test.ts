// What a browser says beside what is signed: nobody has judged it, and none of it keeps an account's holder out (P15).
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Holder, optionsOf } from "./holder.ts";
import { declareClients, serveIdentity, type Serving } from "./serving.ts";
import { SoftwareAuthenticator } from "./software-authenticator.ts";

let serving: Serving;

beforeAll(async () => {
  serving = await serveIdentity(undefined, undefined, { host: "localhost" });
  await declareClients(serving.identity);
});
afterAll(() => serving?.close());

type Answer = Record<string, unknown> & { readonly response: Record<string, unknown> };

/** With another member of its response. */
function said(answer: string, more: Readonly<Record<string, unknown>>): string {
  const whole = JSON.parse(answer) as Answer;
  return JSON.stringify({ ...whole, response: { ...whole.response, ...more } });
}

let made = 0;

/** An account with a passkey, registered with such a response; at the second step of a sign-in. */
async function atSecondStep(more: Readonly<Record<string, unknown>>) {
  const holder = await Holder.withAccount(serving, `ann${(made += 1)}@example.com`);
  const authenticator = new SoftwareAuthenticator(new URL(serving.issuer).origin);
  const page = await holder.openAccount("/passkey");
  const response = said(authenticator.create(optionsOf(page)), more);
  await holder.person.submit(page, { response, name: "Key" });
  holder.inNewBrowser();
  return { holder, authenticator, step: await holder.typePassword((await holder.ask()).page) };
}

describe("P15 a passkey", () => {
  it.each([[5], [{ usb: true }], ["usb"], [[{}, null, 7]], [["x".repeat(100)]], [null]])(
    "that is registered with %j as its transports is asked for as any other",
    async (transports) => {
      const { holder, authenticator, step } = await atSecondStep({ transports });
      expect(optionsOf(step).allowCredentials).toMatchObject([{ transports: [], type: "public-key" }]);
      const consent = await holder.showPasskey(step, authenticator.get(optionsOf(step)));
      expect(consent.text).toContain("asks for access");
      expect(serving.failures).toEqual([]);
    },
  );

  it("is asked for by the transports that it has", async () => {
    const { step } = await atSecondStep({ transports: ["usb", "nfc", "x"] });
    expect(optionsOf(step).allowCredentials).toMatchObject([{ transports: ["usb", "nfc"] }]);
  });

  it("whose browser says that it names nobody is taken", async () => {
    const { holder, authenticator, step } = await atSecondStep({});
    const answer = said(authenticator.get(optionsOf(step)), { userHandle: null });
    expect((await holder.showPasskey(step, answer)).text).toContain("asks for access");
  });

  it.each([["bm9ib2R5"], [5], [{}], [""]])(
    "that names %j in the place of its holder is refused",
    async (userHandle) => {
      const { holder, authenticator, step } = await atSecondStep({});
      const answer = said(authenticator.get(optionsOf(step)), { userHandle });
      expect((await holder.showPasskey(step, answer)).status).toBe(401);
    },
  );
});

// The pages in the owner's colour and with a logo, in a real browser; and that the look at barriers finds some where there are some.
import { mkdirSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { barriersOf } from "./accessibility.ts";
import { openBrowser, WITHOUT_BROWSER } from "./browser.ts";
import { PNG } from "./picture.ts";
import { OPERATOR, declareClients, PASSWORD, REDIRECT, serveIdentity } from "./serving.ts";

const PICTURES = process.env["PICTURES"];

describe.skipIf(WITHOUT_BROWSER !== undefined)(`in Chromium (${WITHOUT_BROWSER ?? "installed"})`, () => {
  it.each(["light", "dark"] as const)("has the owner's colour and logo, %s", async (look) => {
    const colours = { light: "#7a1f5c", dark: "#ff9ad5" };
    const logo = { mediaType: "image/png", bytes: PNG };
    const own = await serveIdentity(undefined, undefined, { host: "localhost", appearance: { colours, logo } });
    const visitor = await openBrowser(REDIRECT, look);
    const { page } = visitor;
    await page.goto(`${own.issuer}/register`);
    await page.getByRole("img", { name: "Orders" }).waitFor();
    const background = await page.evaluate("getComputedStyle(document.querySelector('button')).backgroundColor");
    expect(background).toBe({ light: "rgb(122, 31, 92)", dark: "rgb(255, 154, 213)" }[look]);
    expect(await page.evaluate("document.querySelector('img').naturalWidth")).toBeGreaterThan(0);
    expect(await barriersOf(page)).toEqual([]);
    if (PICTURES !== undefined) {
      mkdirSync(PICTURES, { recursive: true });
      await page.screenshot({ path: path.join(PICTURES, `own-${look}.png`), fullPage: true });
    }
    expect(visitor.complaints).toEqual([]);
    await visitor.close();
    await own.close();
  });

  it("leads whoever was invited, or forgot the password, through the links that come by mail", async () => {
    const own = await serveIdentity(undefined, undefined, { host: "localhost" });
    await declareClients(own.identity);
    const visitor = await openBrowser(REDIRECT);
    const { page } = visitor;
    const linkTo = (kind: string) =>
      new RegExp(`http\\S+/${kind}\\?token=\\S+`).exec(own.mails.at(-1)?.text ?? "")?.[0] as string;
    const press = (name: string) => page.getByRole("button", { name, exact: true }).click();
    const arrived = async (name: string) => {
      await page.getByRole("heading", { level: 1, name, exact: true }).waitFor();
      expect(await barriersOf(page)).toEqual([]);
    };
    await own.identity.accounts.register("eve@example.com", PASSWORD);
    await page.goto(linkTo("verify"));
    await arrived("Confirm your address");
    await page.getByLabel("Password").fill(PASSWORD);
    await press("Confirm");
    await arrived("Your address is confirmed");
    await own.identity.invitations.invite("bob@example.com", [], OPERATOR);
    await page.goto(linkTo("invitation"));
    await arrived("Make your account");
    await page.getByLabel("Password").fill(PASSWORD);
    await press("Make the account");
    await arrived("Your account is made");
    await page.goto(`${own.issuer}/forgotten?client=spa`);
    await arrived("Choose a new password");
    await page.getByLabel("E-mail").fill("bob@example.com");
    await press("Send the link");
    await arrived("Look into your mail");
    await page.goto(linkTo("reset"));
    await page.getByLabel("Password").fill("a brand new sentence");
    await press("Set the password");
    await arrived("Your password is set");
    await page.getByRole("link", { name: "Go on to The <app>" }).click();
    await page.waitForURL("https://app.example.com/");
    expect(await own.identity.accounts.signIn("bob@example.com", "a brand new sentence")).toBeTypeOf("object");
    await visitor.close();
    await own.close();
  });

  it("a page that keeps people out is found out", async () => {
    const visitor = await openBrowser(REDIRECT);
    const { page } = visitor;
    await page.setContent(`<title>x</title><h1>One</h1><h3>Two</h3><nav></nav><nav></nav><p id="a">a</p><p id="a">b</p>
      <input aria-describedby="nothing"><button style="height: 9px; width: 9px; outline: none; color: #999; background: #fff">x</button>
      <a href="#" tabindex="1" style="outline: none"></a><p style="width: 400px">wide</p>`);
    const found = (await barriersOf(page)).map((barrier) => barrier.split(" ")[0]);
    const rules = ["1.3.1", "1.3.6", "1.4.10", "1.4.3", "2.4.2", "2.4.3", "2.4.7", "2.5.8", "3.1.1", "4.1.2"];
    expect(new Set(found)).toEqual(new Set(rules));
    await visitor.close();
  });
});

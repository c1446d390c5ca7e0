// The page that signs in, as its reader meets it: `npm start`, a browser, an account that did not exist before, a call with its token.
import { readFileSync } from "node:fs";
import https from "node:https";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openBrowser, type Visitor, WITHOUT_BROWSER } from "../identity/browser.ts";
import { endSamples, type Sample, startSample } from "./sample.ts";

const EMAIL = "ann@example.org";
const PASSWORD = "correct horse battery";
/** Keeps a picture of each page in the folder that `PICTURES` names, to be looked at. */
const PICTURES = process.env["PICTURES"];
const LOOK = process.env["LOOK"] === "dark" ? "dark" : "light";

let sample: Sample;
let gateway: string;
let origin: string;

beforeAll(async () => {
  sample = startSample("0");
  [, gateway = ""] = await sample.shows(/protects the orders API at (https:\S+)/);
  [, origin = ""] = await sample.shows(/In a browser: (http:\S+)/);
});

afterAll(endSamples);

it("its page is told where the gateway is, and nothing else is served there", async () => {
  const page = await fetch(`${origin}/?code=x&state=y`);
  expect(await page.text()).toContain(`const api = "${gateway}"`);
  expect((await fetch(`${origin}/index.html`)).status).toBe(404);
});

it("pages of that origin may call the API, and those of no other", async () => {
  const [, authority = ""] = await sample.shows(/export CA='(.+)'/);
  const allowed = (from: string) =>
    new Promise<string | undefined>((resolve, reject) => {
      const asks = { "access-control-request-method": "GET", "access-control-request-headers": "authorization" };
      const options = { method: "OPTIONS", ca: readFileSync(authority), headers: { origin: from, ...asks } };
      const request = https.request(`${gateway}/orders`, options, (answer) => {
        answer.resume();
        resolve(answer.headers["access-control-allow-origin"]);
      });
      request.once("error", reject).end();
    });
  expect(await allowed(origin)).toBe(origin);
  expect(await allowed("https://evil.example")).toBeUndefined();
});

const skipped = WITHOUT_BROWSER === undefined ? "" : ` (skipped: ${WITHOUT_BROWSER})`;

describe.skipIf(WITHOUT_BROWSER !== undefined)(`in a browser${skipped}`, () => {
  let visitor: Visitor;
  beforeAll(async () => {
    visitor = await openBrowser(undefined, LOOK, true);
  });
  afterAll(() => visitor?.close());

  async function picture(name: string): Promise<void> {
    if (PICTURES !== undefined) await visitor.page.screenshot({ path: `${PICTURES}/spa-${name}.png`, fullPage: true });
  }
  const heading = (text: string) => visitor.page.getByRole("heading", { name: text, exact: true }).waitFor();
  const press = (name: string) => visitor.page.getByRole("button", { name, exact: true }).click();

  it("somebody signs up, confirms by the printed link, signs in, allows, calls, and signs out", async () => {
    const { page } = visitor;
    await page.goto(origin);
    await picture("begin");
    await press("Sign in");
    await heading("Sign in to Orders in the browser");
    await picture("sign-in");
    await page.getByRole("link", { name: "Make an account" }).click();
    await page.getByLabel("E-mail").fill(EMAIL);
    await page.getByLabel("Password").fill(PASSWORD);
    await press("Make the account");
    await heading("Look into your mail");
    const [link] = await sample.shows(/https:\S+\/verify\?token=\S+/);
    await page.goto(link);
    await press("Confirm");
    await heading("Your address is confirmed");
    await picture("confirmed");
    await page.goto(origin);
    await press("Sign in");
    await page.getByLabel("E-mail").fill(EMAIL);
    await page.getByLabel("Password").fill(PASSWORD);
    await press("Sign in");
    await heading("Orders in the browser asks for access");
    await picture("consent");
    await press("Allow");
    await page.getByText("You are signed in.").waitFor();
    await press("Get my orders");
    await page.getByText('"sku": "TEA-001"').waitFor();
    await picture("called");
    expect(await page.locator("#answer").textContent()).toMatch(/^200\n\[/);
    await press("Sign out");
    await heading("Sign out?");
    await press("Sign out");
    await page.getByText("You are not signed in.").waitFor();
    expect(page.url()).toBe(`${origin}/`);
    expect(visitor.complaints).toEqual([]);
  });
});

it("ends with all that it started, and without an error", async () => {
  sample.child.kill("SIGTERM");
  expect(await sample.ended).toBe(0);
  expect(sample.printed()).not.toMatch(/\n\s+at /);
});

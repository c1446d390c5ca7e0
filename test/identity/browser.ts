// Debian's Chromium with an authenticator inside it, where it is installed.
import { existsSync } from "node:fs";
import { type Browser, type BrowserContext, type CDPSession, chromium, type Page } from "playwright-core";

/** Pages answer in milliseconds, where others do not want the machine as well. */
const WAIT_MS = 60_000;
const PROGRAM = "/usr/bin/chromium";

/** Why there is no browser to test with, or undefined. */
export const WITHOUT_BROWSER = existsSync(PROGRAM) ? undefined : `${PROGRAM} is not installed`;

export interface Visitor {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the browser refused or a script threw: nothing of it belongs on our pages. */
  readonly complaints: string[];
  close(): Promise<void>;
}

/**
 * `callback`: the application's address, which answers nothing but that somebody came; undefined where it is there. `trustsAll`: its owner
 * let it go on, where an authority is of this machine only.
 */
export async function openBrowser(
  callback: string | undefined,
  look: "light" | "dark" = "light",
  trustsAll = false,
): Promise<Visitor> {
  const browser: Browser = await chromium.launch({ executablePath: PROGRAM, args: ["--no-sandbox"] });
  const viewport = { width: 420, height: 900 };
  const context = await browser.newContext({ colorScheme: look, viewport, ignoreHTTPSErrors: trustsAll });
  context.setDefaultTimeout(WAIT_MS);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    // The status of an answer is what tests look at themselves.
    const isStatus = message.text().startsWith("Failed to load resource");
    if (message.type() === "error" && !isStatus) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  const devtools = await context.newCDPSession(page);
  if (callback !== undefined) await answer(devtools, new URL(callback).origin);
  await devtools.send("WebAuthn.enable");
  await devtools.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return { page, context, complaints, close: () => browser.close() };
}

/** Redirects, too, which Playwright does not route: a browser without any network asks nobody a second time. */
async function answer(devtools: CDPSession, origin: string): Promise<void> {
  const body = Buffer.from("<title>application</title>").toString("base64");
  const responseHeaders = [{ name: "Content-Type", value: "text/html" }];
  devtools.on("Fetch.requestPaused", ({ requestId }) => {
    const sent = devtools.send("Fetch.fulfillRequest", { requestId, responseCode: 200, responseHeaders, body });
    // Its page may be gone.
    sent.catch(() => undefined);
  });
  await devtools.send("Fetch.enable", { patterns: [{ urlPattern: `${origin}/*` }] });
}

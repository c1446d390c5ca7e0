// Guards the HTML report: it runs nothing that others wrote, fetches nothing, is filtered by its own script, and can be used by everybody.
import { writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { toHtml } from "../../../src/security-testing/formats/html.ts";
import type { TestResult } from "../../../src/security-testing/result.ts";
import { folderWith } from "../../configuration/folder.ts";
import { barriersOf } from "../../identity/accessibility.ts";
import { openBrowser, WITHOUT_BROWSER } from "../../identity/browser.ts";
import { CLEAN, FINDING, RESULT } from "./results.ts";

const BROWSER_MS = 60_000;

describe("the page", () => {
  it("lets text of others be text, and runs its own script only", () => {
    const page = toHtml(RESULT);
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(page).not.toContain("<img");
    expect(page).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
    expect(page).toMatch(/default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-[^']+'/);
    expect(page).not.toMatch(/<[^>]*(?:src|href)=/);
  });

  it.each([
    ["failed", RESULT, "Failed: 1 of severity high or over"],
    ["not whole", { ...CLEAN, untested: RESULT.untested }, "Not all could be tested"],
    ["passed", CLEAN, "Passed: nothing of severity high or over"],
  ])("says %s", (_, result, verdict) => {
    expect(toHtml(result)).toContain(verdict);
  });

  it("names a kind once where it was not tested", () => {
    const page = toHtml(RESULT);
    expect(page).toContain("<li>dynamic tests: not asked for</li>");
    expect(page).toContain("<li><strong>contract: a part</strong>: ");
  });
});

describe.skipIf(WITHOUT_BROWSER !== undefined)("the page in Chromium", () => {
  const opened = async (result: TestResult, look: "light" | "dark" = "light") => {
    const cwd = folderWith({ "report.html": toHtml(result) });
    const visitor = await openBrowser(undefined, look);
    await visitor.page.goto(pathToFileURL(path.join(cwd, "report.html")).href);
    return visitor;
  };

  it(
    "filters by severity, kind, state and text",
    async () => {
      const visitor = await opened(RESULT);
      const { page, complaints } = visitor;
      const shown = () => page.locator("details:visible").count();
      expect(await shown()).toBe(5);
      await page.getByLabel(/^low/).uncheck();
      expect(await shown()).toBe(2);
      expect(await page.locator("output").textContent()).toBe("2 of 5 shown");
      await page.getByLabel("State").selectOption("decided");
      expect(await shown()).toBe(1);
      await page.getByLabel("State").selectOption("");
      await page.getByLabel("Text").fill("register curl");
      expect(await shown()).toBe(2);
      await page.getByLabel("Text").fill("nothing like it");
      expect(await shown()).toBe(0);
      expect(complaints).toEqual([]);
      await visitor.close();
    },
    BROWSER_MS,
  );

  it.each(["light", "dark"] as const)(
    "has no barriers, in %s, nor in a narrow window",
    async (look) => {
      const severities = ["critical", "high", "medium", "low", "info"] as const;
      const findings = severities.map((severity) => ({ ...FINDING, severity, fingerprint: severity }));
      const visitor = await opened({ ...RESULT, findings: [...findings, ...RESULT.findings] }, look);
      expect(await barriersOf(visitor.page)).toEqual([]);
      const folder = process.env["PICTURES"];
      if (folder !== undefined)
        writeFileSync(path.join(folder, `report-${look}.png`), await visitor.page.screenshot({ fullPage: true }));
      await visitor.close();
    },
    BROWSER_MS,
  );
});

// Guards docs/reasons.md: what it explains and what the registry has are the same, in both directions.
import { describe, expect, it } from "vitest";
import { FAMILIES, pageRows, REASONS_PAGE, registryRows } from "./reasons-page.ts";
import { readText } from "./tree.ts";

const page = pageRows(readText(REASONS_PAGE));
const registry = registryRows();
const codes = (rows: readonly { code: string }[]) => rows.map(({ code }) => code).toSorted();

describe("docs/reasons.md", () => {
  it("explains every reason once", () => {
    expect(registry.length).toBeGreaterThan(30);
    expect(codes(page)).toEqual(codes(registry));
  });

  it.each(registry)("says of $code what the registry says", (reason) => {
    expect(page.find(({ code }) => code === reason.code)).toEqual(reason);
  });
});

describe("the registry", () => {
  it.each(registry)("names $code after a practice, with a status of refusal", ({ code, status, title, remedy }) => {
    expect(FAMILIES).toContain(code.slice(0, code.indexOf(".")));
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(600);
    expect(title).toMatch(/^[A-Z].*\.$/);
    expect(remedy.length).toBeGreaterThan(10);
  });
});

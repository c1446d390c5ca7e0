// Guards that no rule of the contract is without an example where it fires and one where it must not.
import { describe, expect, it } from "vitest";
import { CONTRACT_RULES } from "../../../src/security-testing/rules/contract.ts";
import { readText } from "../../repository/tree.ts";

const examples = ["access", "schemas"]
  .map((name) => readText(`test/security-testing/contract/${name}.test.ts`))
  .join("\n");

describe("an example", () => {
  it.each(Object.keys(CONTRACT_RULES))("is there of %s", (id) => {
    expect(examples).toMatch(new RegExp(`\\[\\s*"${id.slice("contract.".length)}",`));
  });
});

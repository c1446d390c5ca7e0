// Hashes of identifiers: comparable under one key, told apart by the key's id, and one key can take another's place without a gap.
import { describe, expect, it } from "vitest";
import { ALICE, answeredExchange } from "./exchanges.ts";
import { record } from "./record.ts";

describe("the hash of a token's id", () => {
  it("names the key of each hash, and hashes by the one before too while two are named", () => {
    const [old, next] = ["k".repeat(16), "l".repeat(16)];
    const fields = (hashKey: string | [string, string]) => {
      const exchange = answeredExchange();
      exchange.principal = { ...ALICE };
      return record(exchange, { hashKey }).event.portcullis.authentication;
    };
    const [before, between, after] = [fields(old), fields([next, old]), fields(next)];
    expect(before?.token_hash_key).toMatch(/^[0-9a-f]{8}$/);
    expect(before).not.toHaveProperty("previous_token_hash");
    expect(between).toMatchObject({
      token_hash: after?.token_hash,
      token_hash_key: after?.token_hash_key,
      previous_token_hash: before?.token_hash,
      previous_token_hash_key: before?.token_hash_key,
    });
    expect(after?.token_hash_key).not.toBe(before?.token_hash_key);
    expect(JSON.stringify([before, between, after])).not.toMatch(/kkkk|llll/);
  });
});

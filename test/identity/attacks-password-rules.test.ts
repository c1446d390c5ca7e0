// Attacks on what may be a password and an address (NIST SP 800-63B): rules that ask no server.
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { commonPasswords } from "../../src/identity/accounts/common-passwords.ts";
import { emailAddress } from "../../src/identity/accounts/email-address.ts";
import { passwordFault } from "../../src/identity/accounts/password-rules.ts";
import { GUESSED } from "./guessed-passwords.ts";

describe("passwords", () => {
  const ann = emailAddress("ann.smith@example.com")!;
  const rules = { lengthMin: 12, isCommon: commonPasswords(), serviceName: "Orders" };
  const random = (length: number) =>
    [1, 2, 3]
      .map((i) => createHash("sha512").update(`${length}.${i}`).digest("hex"))
      .join("")
      .slice(0, length);

  it("P01 11 characters are refused, 12, 64 and 256 are not", () => {
    const faults = [11, 12, 64, 256, 257].map((length) => passwordFault(random(length), ann, rules));
    expect(faults).toEqual(["short", undefined, undefined, undefined, "long"]);
  });
  it("P02 NUL ends nothing, and is refused", () => {
    expect(passwordFault(`${random(12)}\u0000more`, ann, rules)).toBe("control");
  });
  it("P04 there are no composition rules", () => {
    expect(passwordFault("correct horse battery", ann, rules)).toBeUndefined();
    expect(passwordFault("violet-lampsviolet", ann, rules)).toBeUndefined();
    expect(
      passwordFault("\u5929\u6c14\u5f88\u597d\u6211\u4eec\u51fa\u53bb\u6563\u6b65\u5427\u597d", ann, rules),
    ).toBeUndefined();
  });
  it.each(GUESSED)("P05 %s is refused: %s", (password, fault) =>
    expect(passwordFault(password, ann, rules)).toBe(fault),
  );
  it("P05 few good passwords are taken for common ones", () => {
    const isCommon = commonPasswords();
    const taken = Array.from({ length: 20_000 }, (_, i) =>
      createHash("sha256").update(String(i)).digest("base64"),
    ).filter(isCommon);
    expect(taken.length).toBeLessThan(20);
  });
});

describe("addresses", () => {
  it.each([
    "a\uff20b.example",
    "a@@b.example",
    "a@b@c.example",
    "a@b.example\r\nBcc: c@d.example",
    "a b@c.example",
    "@b.example",
    "a@b",
    "a@-b.example",
    "a@b..example",
    ".a@b.example",
    "a@[127.0.0.1]",
    "a%c.example@b.example",
    "c.example!a@b.example",
    "=?utf-8?q?a=40c.example=3e?=@b.example",
    "a@b.example/c.example",
    "a@b.example#c.example",
    "a@b.example?c.example",
    "a@b%2eexample",
    "a@b\t.example",
    `${"a".repeat(65)}@b.example`,
  ])("P06 %j is none", (text) => expect(emailAddress(text)).toBeUndefined());
  it.each(["o'brien+orders@example.com", "a=b@example.com", "a/b#c{d}|e~f`g?h@example.com", "x@b\u00fccher.example"])(
    "P06 %j is one",
    (text) => expect(emailAddress(text)?.key).toBe(text.replace("b\u00fccher", "xn--bcher-kva")),
  );
  it("P06 letter case, composed letters and names of other alphabets are one mailbox each", () => {
    expect(emailAddress("Ann@Example.COM")?.key).toBe("ann@example.com");
    expect(emailAddress("jose\u0301@example.com")?.key).toBe("jos\u00e9@example.com");
    expect(emailAddress("ann@b\u00fccher.example")?.key).toBe("ann@xn--bcher-kva.example");
  });
});

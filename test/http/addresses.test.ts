// Addresses: one spelling each, networks, and the key that limits count by.
import { isIP } from "node:net";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { AddressSet } from "../../src/http/address-set.ts";
import { addressKey, normalizeAddress, parseIPv4, parseIPv6 } from "../../src/http/addresses.ts";
import { others } from "./others.ts";

it("reads dotted IPv4 and nothing that merely resembles it", () => {
  expect(parseIPv4("0.0.0.0")).toBe(0);
  expect(parseIPv4("255.255.255.255")).toBe(2 ** 32 - 1);
  expect(parseIPv4("192.0.2.1")).toBe(0xc0000201);
  expect(
    others(
      [
        "",
        "1.2.3",
        "1.2.3.4.5",
        "01.2.3.4",
        "256.1.1.1",
        "1..2.3",
        "1.2.3.",
        ".1.2.3",
        "0x7f.0.0.1",
        "1.2.3.4 ",
        "127.1",
      ],
      (text) => parseIPv4(text),
      -1,
    ),
  ).toEqual([]);
});

it("L04 gives each address one spelling, IPv4-mapped IPv6 that of IPv4", () => {
  expect(normalizeAddress("::ffff:192.0.2.1")).toBe("192.0.2.1");
  expect(normalizeAddress("::FFFF:c000:0201")).toBe("192.0.2.1");
  expect(normalizeAddress("0:0:0:0:0:ffff:192.0.2.1")).toBe("192.0.2.1");
  expect(normalizeAddress("2001:DB8:0:0:0:0:0:1")).toBe("2001:db8::1");
  expect(normalizeAddress("2001:db8:0:1::")).toBe("2001:db8:0:1::");
  expect(normalizeAddress("1:0:0:2:0:0:0:3")).toBe("1:0:0:2::3");
  expect(normalizeAddress("1:0:2:3:4:5:6:7")).toBe("1:0:2:3:4:5:6:7");
  expect(normalizeAddress("::")).toBe("::");
  expect(
    others(
      ["fe80::1%eth0", "1::2::3", ":1", "1:", "12345::", "1:2:3:4:5:6:7:8:9", "::1.2.3", "1:2:3:4:5:6:7::8", "g::"],
      (text) => normalizeAddress(text),
      undefined,
    ),
  ).toEqual([]);
});

it("agrees with the platform about what an address is", () => {
  const part = fc.constantFrom("0", "1", "ffff", ":", "::", ".", "192", "255", "256", "a", "db8", "00");
  fc.assert(
    fc.property(
      fc.oneof(
        fc.ipV4(),
        fc.ipV6(),
        fc.array(part, { maxLength: 14 }).map((parts) => parts.join("")),
      ),
      (text) => {
        const normal = normalizeAddress(text);
        expect([text, normal !== undefined]).toEqual([text, isIP(text) !== 0]);
        expect(normalizeAddress(normal ?? "::1")).toBe(normal ?? "::1");
      },
    ),
    { numRuns: 3_000 },
  );
});

it("L04 counts IPv6 by its /64 and IPv4 by itself", () => {
  expect(addressKey("192.0.2.1")).toBe("192.0.2.1");
  expect(addressKey("::ffff:192.0.2.1")).toBe("192.0.2.1");
  expect(addressKey("2001:db8:1:2::1")).toBe("2001:db8:1:2::/64");
  expect(addressKey("2001:db8:1:2:ffff:ffff:ffff:ffff")).toBe(addressKey("2001:db8:1:2::"));
  expect(addressKey("2001:db8:1:3::1")).not.toBe(addressKey("2001:db8:1:2::1"));
  expect(addressKey("")).toBe("");
});

it("tells whether an address is in a network, at both of its ends", () => {
  const set = new AddressSet(["10.0.0.0/8", "192.0.2.7", "192.0.2.128/25", "2001:db8::/33", "::1"]);
  expect(
    others(
      [
        "10.0.0.0",
        "10.255.255.255",
        "192.0.2.7",
        "192.0.2.128",
        "::ffff:10.1.2.3",
        "2001:db8:7fff::1",
        "::1",
        "0:0::1",
      ],
      (address) => set.has(address),
      true,
    ),
  ).toEqual([]);
  expect(
    others(
      ["9.255.255.255", "11.0.0.0", "192.0.2.8", "192.0.2.127", "2001:db8:8000::", "::2", "", "x", "10.0.0.1 "],
      (address) => set.has(address),
      false,
    ),
  ).toEqual([]);
  expect(new AddressSet([]).isEmpty).toBe(true);
});

it("refuses entries that do not say what they seem to say", () => {
  for (const entry of [
    "10.0.0.1/8",
    "10.0.0.0/0",
    "::/0",
    "10.0.0.0/33",
    "fd00::1/8",
    "::ffff:10.0.0.0/104",
    "proxy",
    "10.0.0.0/",
    "10.0.0.0/08",
  ]) {
    expect(() => new AddressSet([entry])).toThrow(entry);
  }
});

it("parses groups with the gap anywhere", () => {
  expect(parseIPv6("::1")).toEqual([0, 0, 0, 0, 0, 0, 0, 1]);
  expect(parseIPv6("1::")).toEqual([1, 0, 0, 0, 0, 0, 0, 0]);
  expect(parseIPv6("64:ff9b::192.0.2.33")).toEqual([0x64, 0xff9b, 0, 0, 0, 0, 0xc000, 0x221]);
});

// Which addresses requests of ours may go to.
import { expect, it } from "vitest";
import { addressKind } from "../../src/egress/addresses.ts";

const KINDS = {
  public: ["8.8.8.8", "1.1.1.1", "172.15.255.255", "172.32.0.0", "2606:4700::1111", "::ffff:8.8.8.8", "100.63.255.255"],
  private: ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "fd12::1", "::ffff:10.0.0.1"],
  loopback: ["127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1", "::ffff:7f00:1"],
  never: [
    "169.254.169.254",
    "169.254.0.1",
    "fe80::1",
    "::ffff:169.254.169.254",
    "::ffff:a9fe:a9fe",
    "100.100.100.200",
    "fd00:ec2::254",
    "0.0.0.0",
    "0.1.2.3",
    "::",
    "255.255.255.255",
    "224.0.0.1",
    "240.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "2001:0:7f00:1::",
    "ff02::1",
    "192.0.2.1",
    "2001:db8::1",
    "198.18.0.1",
    "fe80::1%eth0",
    "",
    "localhost",
    "127.1",
    "0177.0.0.1",
    "2130706433",
    "0x7f.1",
    "[::1]",
  ],
} as const;

it("tells what kind of network an address belongs to", () => {
  for (const [kind, addresses] of Object.entries(KINDS)) {
    for (const address of addresses) expect([address, addressKind(address)]).toEqual([address, kind]);
  }
});

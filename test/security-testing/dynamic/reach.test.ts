// Guards where attacks may go: this machine and its network; further only with the owner's word, and never to places that are nobody's.
import { describe, expect, it } from "vitest";
import { reachOf } from "../../../src/security-testing/dynamic/reach.ts";

const reach = (url: string, isOwned: boolean, addresses: readonly string[] = []) =>
  reachOf(new URL(url), { isOwned, lookup: () => Promise.resolve(addresses.map((address) => ({ address }))) });

describe("where attacks may go", () => {
  it.each([
    ["http://127.0.0.1:8080", [], "127.0.0.1"],
    ["http://[::1]:8080", [], "::1"],
    ["http://10.1.2.3", [], "10.1.2.3"],
    ["http://[::ffff:192.168.0.1]", [], "::ffff:c0a8:1"],
    ["http://localhost", ["127.0.0.1", "::1"], "127.0.0.1"],
    ["https://api.internal", ["172.16.0.9"], "172.16.0.9"],
  ])("%s, which is %j: it may, at %s", async (url, addresses, address) => {
    expect(await reach(url, false, addresses)).toBe(address);
  });

  it.each([
    ["http://8.8.8.8", []],
    ["https://api.example.com", ["93.184.215.14"]],
    ["https://half.example.com", ["10.0.0.1", "93.184.215.14"]],
  ])("%s, which is %j: only where it is owned", async (url, addresses) => {
    await expect(reach(url, false, addresses)).rejects.toThrow("--i-own-this-host");
    expect(await reach(url, true, addresses)).toBe(addresses[0] ?? "8.8.8.8");
  });

  it.each([
    ["http://169.254.169.254", []],
    ["http://metadata.internal", ["169.254.169.254"]],
    ["http://0.0.0.0", []],
    ["http://half.internal", ["127.0.0.1", "169.254.169.254"]],
  ])("%s, which is %j: never", async (url, addresses) => {
    await expect(reach(url, true, addresses)).rejects.toThrow("no place");
  });

  it("says where a name has no address", async () => {
    await expect(reach("http://nobody.invalid", true)).rejects.toThrow("no address of nobody.invalid");
  });
});

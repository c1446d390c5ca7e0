// Which address a proof may be made for: the one that the client used, by whatever way the request came.
import { describe, expect, it } from "vitest";
import { isAddressOf, originOfAddress } from "../../src/authentication/proof-address.ts";
import type { RequestHead } from "../../src/core/exchange.ts";
import { request } from "./requests.ts";

const head = (changes: Partial<RequestHead>): RequestHead => ({ ...request([]).request, ...changes });
const at = (htu: string, changes: Partial<RequestHead> = {}, publicUrl?: string) =>
  isAddressOf(htu, head(changes), publicUrl === undefined ? undefined : originOfAddress(publicUrl));

describe("the address of the request", () => {
  it.each<[string, Partial<RequestHead>]>([
    ["https://api.example.com/orders", {}],
    ["https://api.example.com:443/orders", {}],
    ["https://api.example.com/orders", { authority: "api.example.com:443" }],
    ["https://api.example.com/orders", { authority: "API.Example.com" }],
    ["https://api.example.com:8443/orders", { authority: "api.example.com:8443" }],
    ["http://localhost/orders", { authority: "localhost:80", secure: false }],
    ["https://[::1]:8443/orders", { authority: "[::1]:8443" }],
    ["https://api.example.com", { path: "/" }],
    ["https://api.example.com/?a=b", { path: "/" }],
    ["https://api.example.com/a%2Fb", { path: "/a%2Fb" }],
  ])("%s", (htu, changes) => {
    expect(at(htu, changes)).toBe(true);
  });

  it.each<[string, Partial<RequestHead>]>([
    ["D03 https://api.example.com:80/orders", {}],
    ["D03 http://api.example.com:443/orders", {}],
    ["D03 http://api.example.com/orders", { authority: "api.example.com:443", secure: true }],
    ["D03 https://api.example.com./orders", {}],
    ["D03 https://api.example.com/a%2fb", { path: "/a%2Fb" }],
    ["D03 https://api.example.com/orders/", {}],
    ["D03 https://api.example.com//orders", {}],
    ["D03 https://api.example.com/orders ", {}],
    ["D03 https://api.example.com\n/orders", {}],
    ["D03 https:/api.example.com/orders", {}],
    ["D03 https://[::443]/orders", { authority: "[:" }],
  ])("is not %j", (title, changes) => {
    expect(at(title.slice(4), changes)).toBe(false);
  });
});

describe("with a public URL", () => {
  const behind = { authority: "10.0.0.7:3000", secure: false };
  it("counts beside what the request says", () => {
    expect(at("https://api.example.com/orders", behind)).toBe(false);
    expect(at("https://api.example.com/orders", behind, "https://api.example.com")).toBe(true);
    expect(at("https://api.example.com/orders", behind, "https://API.example.com:443")).toBe(true);
    expect(at("http://10.0.0.7:3000/orders", behind, "https://api.example.com")).toBe(true);
  });
  it.each(["https://api.example.com/v1/orders", "http://api.example.com/orders", "https://other.example/orders"])(
    "D03 %s is another",
    (htu) => {
      expect(at(htu, behind, "https://api.example.com")).toBe(false);
    },
  );
});

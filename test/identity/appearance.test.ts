// The owner's colour and logo: readable by everybody, a picture and nothing else, and no hole in the policy of the pages.
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { contrast, pictureType, readable, SHEETS } from "../../src/identity/pages/appearance.ts";
import { PNG } from "./picture.ts";
import { serveIdentity, type ServingOptions } from "./serving.ts";

describe("contrast", () => {
  it.each([
    ["#000000", "#ffffff", 21],
    ["#ffffff", "#ffffff", 1],
    ["#777777", "#ffffff", 4.48],
    ["#767676", "#ffffff", 4.54],
    ["#0a58ca", "#ffffff", 6.44],
  ])("of %s and %s is %d", (one, other, ratio) => {
    expect(contrast(one, other)).toBeCloseTo(ratio, 2);
    expect(contrast(other, one)).toBeCloseTo(ratio, 2);
  });
  it.each(["#ffcc00", "#ff0000", "#00ff00", "#ffffff", "#0d1117", "#3b3b98"])(
    "near %s there is one that can be read",
    (colour) => {
      for (const look of ["light", "dark"] as const) {
        expect(contrast(readable(colour, look), SHEETS[look])).toBeGreaterThanOrEqual(4.5);
      }
    },
  );
});

describe("pictures", () => {
  it.each([
    ["PNG", PNG, "image/png"],
    ["JPEG", Buffer.from("ffd8ffe000104a464946", "hex"), "image/jpeg"],
    ["WebP", Buffer.from("RIFF\0\0\0\0WEBPVP8 ", "latin1"), "image/webp"],
    ["SVG", Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'), undefined],
    ["SVG behind white space", Buffer.from("\n <?xml version='1.0'?><svg/>"), undefined],
    ["a page", Buffer.from("<!doctype html>"), undefined],
    ["a page that begins as a picture does not", Buffer.from("GIF89a/*<script>*/"), undefined],
    ["nothing", Buffer.alloc(0), undefined],
    ["half a signature", PNG.subarray(0, 7), undefined],
  ])("%s", (_what, bytes, type) => expect(pictureType(bytes)).toBe(type));
});

describe("the pages", () => {
  const serving = async (options: ServingOptions, work: (issuer: string) => Promise<void>) => {
    const running = await serveIdentity(undefined, undefined, options);
    await work(running.issuer);
    expect(running.failures).toEqual([]);
    await running.close();
  };
  const colours = { light: "#7a1f5c", dark: "#ff9ad5" };

  it("have the owner's colours in one sheet, which is the only one that the policy lets through", () =>
    serving({ appearance: { colours } }, async (issuer) => {
      for (const path of ["/register", "/forgotten", "/reset?token=x", "/auth"]) {
        const answer = await fetch(`${issuer}${path}`);
        const sheets = [...(await answer.text()).matchAll(/<style>([\s\S]*?)<\/style>/g)].map(([, text = ""]) => text);
        expect(sheets).toHaveLength(1);
        expect(sheets[0]).toContain(`--accent: ${colours.light}; }`);
        expect(sheets[0]).toContain(`--accent: ${colours.dark}; }`);
        const hash = createHash("sha256")
          .update(sheets[0] as string)
          .digest("base64");
        expect(answer.headers.get("content-security-policy")).toContain(`style-src 'sha256-${hash}';`);
      }
    }));

  it("have the logo in the place of the name, with the name for who does not see it", () =>
    serving({ appearance: { logo: { mediaType: "image/png", bytes: PNG } } }, async (issuer) => {
      expect(await (await fetch(`${issuer}/register`)).text()).toContain(
        '<img class="logo" src="/identity/logo" alt="Orders" />',
      );
      const answer = await fetch(`${issuer}/logo`);
      expect(Buffer.from(await answer.arrayBuffer()).equals(PNG)).toBe(true);
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        "content-type": "image/png",
        "content-security-policy": "default-src 'none'; sandbox",
        "x-content-type-options": "nosniff",
        "cross-origin-resource-policy": "same-origin",
        "cache-control": "public, max-age=3600",
      });
    }));

  it("have the name where there is no logo, and nothing is served in its place", () =>
    serving({}, async (issuer) => {
      expect(await (await fetch(`${issuer}/register`)).text()).toContain('<p class="service">Orders</p>');
      expect((await fetch(`${issuer}/logo`)).status).toBe(404);
    }));
});

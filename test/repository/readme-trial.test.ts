// Guards the README's way to try without an issuer: its token is accepted under its settings, and shell in the docs parses.
import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { jwtAuthenticator, secretKey } from "../../src/authentication/index.ts";
import { systemClock } from "../../src/core/clock.ts";
import { bearer } from "../authentication/requests.ts";
import { blocks, pages } from "./markdown.ts";

const SECRET = "a secret of more than thirty-two bytes, for this test";

it("the README's token holds under the README's settings, and with no other secret", async () => {
  const settings = blocks("README.md", "yaml").map(({ text }) => parse(text) as Trial);
  const { issuer, audience } = (settings.find(({ authentication }) => authentication !== undefined) as Trial)
    .authentication.oauth;
  const script = blocks("README.md", "sh").find(({ text }) => text.includes("export TOKEN="));
  const ran = spawnSync("sh", ["-c", `${script?.text}\nprintf %s "$TOKEN"`], {
    env: { PATH: process.env["PATH"], JWT_SECRET: SECRET },
    encoding: "utf8",
  });
  const judge = (secret: string) =>
    jwtAuthenticator({ scheme: "oauth", issuer, audience, keys: secretKey({ secret }), clock: systemClock });
  await expect(Promise.resolve(judge(SECRET).authenticate(bearer(ran.stdout)))).resolves.toMatchObject({
    principal: { subject: "me" },
  });
  await expect(Promise.resolve(judge(`${SECRET}!`).authenticate(bearer(ran.stdout)))).resolves.toMatchObject({
    reason: "authentication.signature-invalid",
  });
});

interface Trial {
  readonly authentication: { readonly oauth: { readonly issuer: string; readonly audience: string } };
}

it.each(pages().flatMap((file) => blocks(file, "sh")))("$file:$line is shell that parses", ({ text }) => {
  expect(spawnSync("sh", ["-n"], { input: text, encoding: "utf8" }).stderr).toBe("");
});

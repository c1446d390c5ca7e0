// Where a client of the configuration may have codes, and people who signed out, sent to: each is judged, and said with its place.
import { expect, it } from "vitest";
import { refusals } from "./loading.ts";

const written = (profile: string, addresses: string) => `openapi: a.yaml
transport: { publicUrl: "https://api.example.com", tls: { certificate: a, key: b } }
authentication: { oauth: { issuer: built-in } }
identity:
  secrets: ["${"A".repeat(43)}="]
  mail: { smtp: "smtps://a:b@c", from: a@example.com }
  clients:
    app: { profile: ${profile}, ${addresses} }
`;
const HOME = 'redirectUris: ["https://app.example.com/"]';

it.each([
  'redirectUris: ["https://app.example.com/", "http://localhost:80@evil.example/"]',
  `${HOME}, postLogoutRedirectUris: ["https://app.example.com/", "javascript:alert(1)"]`,
  `${HOME}, postLogoutRedirectUris: ["https://app.example.com/", "http://app.example.com/"]`,
])("A04 %s is refused", async (addresses) => {
  const said = (await refusals(written("public", addresses))).join();
  expect(said).toContain("could be anybody's");
  expect(said.split("anybody's")).toHaveLength(2);
});

it.each([
  `${HOME}, postLogoutRedirectUris: ["https://app.example.com/", "http://localhost:5173/"]`,
  'redirectUris: ["com.example.app:/callback"], postLogoutRedirectUris: ["com.example.app:/signed-out"]',
])("%s is taken", async (addresses) => {
  expect((await refusals(written("public", addresses))).filter((text) => text.includes("anybody"))).toEqual([]);
});

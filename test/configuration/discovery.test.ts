// Guards where discovery may lead: the egress is told what the owner wrote, and an answer opens no door of this machine.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { type ComposePorts, systemPorts } from "../../src/configuration/compose.ts";
import { createEgress } from "../../src/egress/client.ts";
import { composed } from "./composing.ts";

const ISSUER = "https://login.example/";
const OAUTH = `authentication: { oauth: { issuer: ${ISSUER}, audience: a } }\n`;

/** Asks for the keys of an issuer whose discovery document names `jwksUri`; the rest is fetched by `fetchKeys`. */
async function load(jwksUri: string, fetchKeys: ComposePorts["fetchJson"]): Promise<void> {
  const asked = Promise.withResolvers<void>();
  const fetchJson: ComposePorts["fetchJson"] = async (url, limits) => {
    if (url.startsWith(ISSUER)) return { issuer: ISSUER, jwks_uri: jwksUri };
    try {
      return await fetchKeys(url, limits);
    } finally {
      asked.resolve();
    }
  };
  const composition = await composed(OAUTH, { ports: { fetchJson } });
  const ready = composition.keySources[0]?.ready().catch(() => undefined);
  await asked.promise;
  await composition.close();
  await ready;
}

it("the egress hears of the issuer when it is sent to the keys", async () => {
  const heard: unknown[] = [];
  await load("https://keys.example/jwks", (url, { configuredUrl }) => {
    heard.push([url, configuredUrl]);
    return Promise.resolve({ keys: [] });
  });
  expect(heard).toEqual([["https://keys.example/jwks", ISSUER]]);
});

it.each(["https://127.0.0.1", "https://[::1]", "https://169.254.169.254", "https://10.0.0.1"])(
  "a public issuer cannot lead to %s",
  async (origin) => {
    let connections = 0;
    const server = createServer((_request, response) => response.end("{}")).on("connection", () => (connections += 1));
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const egress = createEgress({ lookup: () => Promise.resolve([{ address: "203.0.114.1", family: 4 }]) });
    onTestFinished(() => egress.close());
    const refusals: unknown[] = [];
    await load(`${origin}:${port}/jwks`, (url, limits) =>
      egress.getJson(url, limits).catch((error: unknown) => {
        refusals.push((error as { code?: string }).code ?? error);
        throw error;
      }),
    );
    expect(refusals).toHaveLength(1);
    expect(connections).toBe(0);
  },
);

it("the ports of a process hand the limits on whole", async () => {
  const ports = systemPorts();
  onTestFinished(() => ports.close());
  const limits = { timeoutMs: 1_000, bytesMax: 100, configuredUrl: "https://203.0.114.1/" };
  await expect(ports.fetchJson("https://127.0.0.1:9/jwks", limits)).rejects.toMatchObject({ code: "address-refused" });
});

// Whom connections believe: authorities that are named alone, or beside those that the system knows.
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createServerClient, type ServerOptions } from "../../src/egress/server-client.ts";
import { Authority } from "../sinks/certificates.ts";
import { HttpServer } from "../sinks/http-server.ts";

const SYSTEM = getCACertificates("default");
const QUESTION = { method: "GET", path: "/", fields: {}, timeoutMs: 5_000, bytesMax: 100 } as const;
const named = new Authority();
named.remove();

let server: HttpServer;

beforeEach(async () => {
  // The system knows the authority that the server's certificate is from.
  const issuer = new Authority();
  server = await new HttpServer((_, response) => void response.end("ok"), issuer.issue("IP:127.0.0.1")).start();
  issuer.remove();
  setDefaultCACertificates([...SYSTEM, issuer.ca]);
});

afterEach(async () => {
  setDefaultCACertificates(SYSTEM);
  await server.stop();
});

async function ask(trust: Pick<ServerOptions, "ca" | "authorities">): Promise<string> {
  const client = createServerClient({ url: server.url, connectTimeoutMs: 5_000, firstByteTimeoutMs: 5_000, ...trust });
  try {
    return (await client.ask(QUESTION)).body.toString();
  } catch (error) {
    return (error as Error).message;
  } finally {
    await client.close();
  }
}

describe("a certificate from an authority that the system knows", () => {
  it("is believed where none was named, or one beside it", async () => {
    expect(await ask({})).toBe("ok");
    expect(await ask({ authorities: [named.ca] })).toBe("ok");
  });

  it("is not believed where another one was named alone", async () => {
    expect(await ask({ ca: named.ca })).toMatch(/it cannot be reached \(\w*(?:VERIFY|SIGN|CERT)\w*\)/);
    expect(server.asked).toEqual([]);
  });
});

// The gateway of the sample, as `portcullis start` would run it: portcullis.yaml beside this file, in front of the API.
import path from "node:path";
import { systemPorts } from "../../src/configuration/compose.ts";
import { PolicySource } from "../../src/configuration/policy-source.ts";
import type { Flag } from "../../src/configuration/source.ts";
import { serve, type ServedGateway } from "../../src/gateway/serve.ts";
import { ProblemsError } from "../../src/openapi/located.ts";
import type { Backend } from "./backend.ts";

export async function protect({ apiUrl, issuerUrl }: Backend): Promise<ServedGateway> {
  const env: NodeJS.ProcessEnv = { ...process.env, ORDERS_API_URL: apiUrl, ORDERS_ISSUER_URL: issuerUrl };
  const file = path.join(import.meta.dirname, "portcullis.yaml");
  try {
    const from = { file, flags: portFlags(env["PORT"]), cwd: process.cwd(), env };
    const source = new PolicySource(from, systemPorts());
    return await serve(await source.compose(), { source });
  } catch (error) {
    throw new Error(sentences(error), { cause: error });
  }
}

/** `PORT=9443 npm start` stands beside another one: its health port is any that is free. */
function portFlags(port: string | undefined): Flag[] {
  if (port === undefined) return [];
  return [
    { name: "PORT", path: ["transport", "listen"], value: `localhost:${port}` },
    { name: "PORT", path: ["transport", "adminListen"], value: 0 },
  ];
}

/** What is wrong and what to do, for a person who just wants to try it. */
function sentences(error: unknown): string {
  if (error instanceof ProblemsError) {
    return error.problems.map(({ message, remedy }) => `${message}\n${remedy}`).join("\n");
  }
  const { code, port, message } = error as Error & { code?: string; port?: number };
  if (code !== "EADDRINUSE") return message;
  return `Port ${port ?? "?"} is taken by another program. End that one, or: PORT=9443 npm start`;
}

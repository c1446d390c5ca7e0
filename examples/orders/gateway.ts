// The gateway of the sample with its authorization server, as `portcullis start` would run them: portcullis.yaml beside this file.
import path from "node:path";
import { IdentitySupervisor } from "../../src/cli/identity/supervisor.ts";
import { identityToServe } from "../../src/cli/identity/to-serve.ts";
import { systemPorts } from "../../src/configuration/compose.ts";
import { PolicySource } from "../../src/configuration/policy-source.ts";
import { serve, type ServedGateway } from "../../src/gateway/serve.ts";
import { ProblemsError } from "../../src/openapi/located.ts";

const FILE = path.join(import.meta.dirname, "portcullis.yaml");
const IDENTITY = path.join(import.meta.dirname, "identity.ts");

export interface Protection {
  readonly gateway: ServedGateway;
  readonly issuer: string;
  /** Gateway first: until it has drained, people may sign in. */
  close(): Promise<void>;
}

/** `port`: where the gateway listens; its health then on any that is free. `env`: what portcullis.yaml names. */
export async function protect(port: number | undefined, env: NodeJS.ProcessEnv): Promise<Protection> {
  const identity = new IdentitySupervisor(IDENTITY);
  identity.begin();
  try {
    const flags = port === undefined ? [] : [flag("listen", `localhost:${port}`), flag("adminListen", 0)];
    const source = new PolicySource({ file: FILE, flags, cwd: process.cwd(), env }, systemPorts());
    const composition = await source.compose();
    const { settings, api, recorder } = composition;
    const told = identityToServe(settings, api);
    await identity.start(told);
    identity.record(recorder);
    const gateway = await serve(composition, { source });
    const close = async () => {
      await gateway.close();
      await identity.stop();
    };
    return { gateway, issuer: told.settings.issuer, close };
  } catch (error) {
    await identity.stop();
    throw new Error(sentences(error), { cause: error });
  }
}

function flag(key: string, value: unknown) {
  return { name: "PORT", path: ["transport", key], value };
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

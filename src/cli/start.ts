// `portcullis start`: composes the policy and runs the gateway until it is told to end.
import { type Composition, systemPorts } from "../configuration/compose.ts";
import { PolicySource } from "../configuration/policy-source.ts";
import type { Reloaded } from "../gateway/reloader.ts";
import { serve, type ServedGateway } from "../gateway/serve.ts";
import { trustCommands } from "../transport/index.ts";
import type { Problem } from "../openapi/located.ts";
import { bannerLines } from "./banner.ts";
import { type Colours, coloursFor } from "./colours.ts";
import { type Command, EXIT_FINDINGS, EXIT_OK, type Given, UsageError } from "./command.ts";
import { CONFIGURATION_OPTIONS, whatToLoad } from "./configuration-flags.ts";
import { IdentitySupervisor } from "./identity/supervisor.ts";
import { identityToServe } from "./identity/to-serve.ts";
import type { Io } from "./io.ts";
import { problemLines } from "./problems.ts";
import { reopen } from "./reopening.ts";
import { settleHeap } from "./heap.ts";

export const startCommand: Command = {
  name: "start",
  summary: "run the gateway in front of the API",
  words: "",
  wordsMax: 0,
  options: CONFIGURATION_OPTIONS,
  notes: [
    "Example: portcullis start --openapi openapi.yaml --upstream http://127.0.0.1:3000 \\",
    "           --issuer https://login.example.com/ --audience https://api.example.com",
    "SIGTERM and SIGINT end it without losing a request. Changed files are taken over while it runs, whole or not at all;",
    "SIGHUP does that too, and opens log files anew, after logrotate moved them.",
    "Audit events go to standard output, all else to standard error.",
  ],
  run: start,
};

async function start(given: Given, io: Io): Promise<number> {
  const source = new PolicySource(await whatToLoad(given, io), systemPorts(io.cwd));
  const identity = new IdentitySupervisor();
  const composition = await composed(source, identity).catch(async (error: unknown) => {
    await identity.stop();
    throw error;
  });
  const serving: { gateway?: ServedGateway } = {};
  io.onHangUp(() => {
    void reopen(composition.recorder);
    void serving.gateway?.reload?.();
  });
  const colours = coloursFor(io.stderr, io.env);
  for (const line of noticeLines(composition.notices, colours)) io.stderr.write(`${line}\n`);
  const onReload = (reloaded: Reloaded) => {
    for (const line of reloadLines(reloaded, colours)) io.stderr.write(`${line}\n`);
  };
  // From here on somebody may be under way: whoever ends it now ends it in order.
  const stopped = io.untilStopped();
  const served = serve(composition, { source, onReload, drained: () => identity.stop() });
  const gateway = await served.catch(async (error: unknown) => {
    await identity.stop();
    throw listenProblem(error);
  });
  serving.gateway = gateway;
  const lines = [...problemLines(gateway.warnings, colours), ...bannerLines(composition, gateway, colours)];
  if (gateway.authorityFile !== undefined) {
    // Where a public name is set, any other host is answered with 421.
    const url = composition.settings.transport.publicUrl ?? gateway.url;
    const target = `${url}${tryPath(composition)}`;
    lines.push(`  try        ${trustCommands(gateway.authorityFile, target, process.platform).curl}`);
  }
  for (const line of lines) io.stderr.write(`${line}\n`);
  settleHeap();
  const signal = await stopped;
  io.stderr.write(`${signal}: draining\n`);
  const cut = await gateway.close();
  return cut === 0 ? EXIT_OK : EXIT_FINDINGS;
}

/** Something that is there: a public operation before one that asks for credentials. The root would be 404 with most documents. */
function tryPath({ api }: Composition): string {
  const plain = api.operations.filter(
    ({ method, templates: [template = "{"], parameters }) =>
      method === "GET" && /^[\w./-]+$/.test(template) && !parameters.some(({ required }) => required),
  );
  const [first] = [...plain.filter(({ security }) => security?.length === 0), ...plain];
  return first?.templates[0] ?? "/";
}

/** With the authorization server in a process of its own, where the configuration has one: it starts while the policy is compiled. */
async function composed(source: PolicySource, identity: IdentitySupervisor): Promise<Composition> {
  const composition = await source.compose(undefined, ({ settings }) => {
    if (settings.upstream === undefined) {
      throw new UsageError(
        "it is not said which API to protect",
        "Set `upstream`, or --upstream http://127.0.0.1:3000",
      );
    }
    if (settings.identity !== undefined) identity.begin();
  });
  const { settings, api, recorder } = composition;
  if (settings.identity === undefined) return composition;
  try {
    await identity.start(identityToServe(settings, api));
  } catch (error) {
    await composition.close();
    throw error;
  }
  identity.record(recorder);
  return composition;
}

function reloadLines(reloaded: Reloaded, colours: Colours): string[] {
  if (reloaded.kind === "refused") {
    return [colours.red("not taken over: all stays as it was"), ...problemLines(reloaded.problems, colours)];
  }
  return [`policy ${reloaded.policy} is in use`, ...noticeLines(reloaded.notices, colours)];
}

/** Warnings in full; advice is for `check`, where nobody waits for the first request. */
function noticeLines(notices: readonly Problem[], colours: Colours): string[] {
  const advice = notices.filter(({ severity }) => severity === "advice").length;
  const lines = problemLines(
    notices.filter(({ severity }) => severity !== "advice"),
    colours,
  );
  if (advice > 0) lines.push(colours.dim(`${advice} advice: see portcullis check`));
  return lines;
}

function listenProblem(error: unknown): unknown {
  const { code, port, address, hostname } = error as {
    code?: string;
    port?: number;
    address?: string;
    hostname?: string;
  };
  if (code === "EADDRINUSE")
    return new UsageError(
      `${address ?? ""}:${port ?? ""} is taken by another process`,
      "Choose another with --listen, or transport.adminListen for the port of /readyz.",
    );
  if (code === "EACCES" && port !== undefined)
    return new UsageError(
      `port ${port} may not be taken by this user`,
      "Choose one of at least 1024, or see docs/deployment.md.",
    );
  if (code === "EADDRNOTAVAIL")
    return new UsageError(
      `${address ?? "that address"} is none of this machine`,
      "Listen on 0.0.0.0 or one of its own addresses.",
    );
  if (code === "ENOTFOUND" || code === "EAI_AGAIN")
    return new UsageError(
      `${hostname ?? "the host to listen on"} is no address, and no name that this machine knows`,
      "Listen on 0.0.0.0, 127.0.0.1 or another of its own addresses.",
    );
  return error;
}

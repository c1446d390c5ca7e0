// Who takes part, in the order of the table.
import path from "node:path";
import { type Contender, startNode } from "./contender.ts";
import { startProxy } from "./nginx.ts";
import type { GatewayVariant } from "./setting.ts";

const HERE = import.meta.dirname;
const STACK = path.join(HERE, "..", "stack");

export const NGINX = "nginx";
export const FLOOR = "floor";
const GATEWAY = "portcullis";

export const CONTENDERS: readonly Contender[] = [
  { name: NGINX, guards: false, start: (setting, folder) => startProxy(setting.upstream.origin, folder) },
  {
    name: FLOOR,
    guards: false,
    start: (setting, folder) => startNode([path.join(HERE, "floor-server.js")], setting, folder),
  },
  gateway(GATEWAY, {}),
  gateway("portcullis strip", { responses: "strip" }),
  gateway("portcullis spool", { spool: true }),
  gateway("portcullis unwatched", { detections: "off" }),
  stack("express stack", ["express-openapi-validator", "default-agent"]),
  stack("express stack tuned", ["ajv", "kept-connections"]),
];

export function gateway(name: string, variant: GatewayVariant): Contender {
  const argv = [path.join(HERE, "gateway-server.js")];
  return { name, guards: true, start: (setting, folder) => startNode(argv, { ...setting, variant }, folder) };
}

/** As the packages' documentation has it; and as someone would who knows where the time goes. */
function stack(name: string, argv: readonly string[]): Contender {
  return {
    name,
    guards: true,
    start: (setting, folder) => startNode([path.join(STACK, "server.js"), ...argv], setting, folder),
  };
}

/** The gateway again, with V8's sampling profiler writing into the folder when it ends. */
export function profiledGateway(profileFolder: string): Contender {
  const argv = ["--cpu-prof", `--cpu-prof-dir=${profileFolder}`, path.join(HERE, "gateway-server.js")];
  return { name: GATEWAY, guards: true, start: (setting, folder) => startNode(argv, setting, folder) };
}

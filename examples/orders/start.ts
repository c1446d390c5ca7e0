// `npm start`: the sample API, a local issuer and the gateway in front of both; prints what to try.
import path from "node:path";
import { compose, systemPorts } from "../../src/configuration/compose.ts";
import { loadSettings } from "../../src/configuration/load.ts";
import { serve } from "../../src/gateway/serve.ts";
import { ProblemsError } from "../../src/openapi/located.ts";
import { startOrdersApi } from "./api.ts";
import { startLocalIssuer } from "./issuer.ts";

const AUDIENCE = "https://orders.example.com";

async function main(): Promise<void> {
  const [api, issuer] = await Promise.all([startOrdersApi(), startLocalIssuer(AUDIENCE)]);
  const env = { ...process.env, ORDERS_API_URL: api.url, ORDERS_ISSUER_URL: issuer.issuer };
  const loaded = await loadSettings({
    file: path.join(import.meta.dirname, "portcullis.yaml"),
    cwd: process.cwd(),
    env,
  });
  const gateway = await serve(await compose(loaded, systemPorts()));
  const reader = await issuer.sign({ subject: "rita", scopes: ["orders:read"], roles: ["customer"] });
  const customer = await issuer.sign({ subject: "carl", scopes: ["orders:read", "orders:write"], roles: ["customer"] });
  const authority = path.relative(process.cwd(), gateway.authorityFile ?? "");
  const url = gateway.url.replace("127.0.0.1", "localhost");
  const say = (line: string) => process.stdout.write(`${line}\n`);
  say(`Orders API at ${api.url} (no security of its own), issuer at ${issuer.issuer}`);
  say(`Portcullis in front: ${url}   health: ${gateway.adminUrl ?? "off"}/readyz`);
  say("Copy into another terminal, in this folder:");
  say(`  export RITA=${reader}   # scope orders:read; role customer`);
  say(`  export CARL=${customer}   # scopes orders:read orders:write; role customer`);
  say(`  ask() { curl -sS -i --cacert '${authority}' "$@"; echo; }`);
  say(`  ask ${url}/orders                                      # 401 no token`);
  say(`  ask ${url}/orders -H "Authorization: Bearer $RITA"     # 200`);
  say(`  ask -X DELETE ${url}/orders/1 -H "Authorization: Bearer $RITA"       # 403 too little scope`);
  say(`  ask -X POST ${url}/orders/1/refund -H "Authorization: Bearer $CARL"  # 403 not the role`);
  say(`  ask ${url}/api/register -H 'Content-Type: application/json' \\`);
  say(`    -d '{"email":"ann@example.com","password":"12345678901"}'         # 400 says what is wrong`);
  say(`  for i in 1 2 3 4 5 6; do ask ${url}/reports/daily -H "Authorization: Bearer $RITA"; done  # the sixth: 429`);
  say(`  ask ${url}/admin                                       # 404 not in the document`);
  const stop = async () => {
    await gateway.close();
    await Promise.all([api.close(), issuer.close()]);
  };
  process.once("SIGINT", () => void stop());
  process.once("SIGTERM", () => void stop());
}

try {
  await main();
} catch (error) {
  const lines = error instanceof ProblemsError ? error.problems.map((problem) => problem.message) : [String(error)];
  process.stderr.write(`${lines.join("\n")}\n`);
  process.exit(1);
}

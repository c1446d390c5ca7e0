// `node examples/vulnerable-orders/start.ts`: the shop with all its flaws; `--hardened`: the twin with none.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { startShop } from "./api.ts";
import { startControl } from "./control.ts";
import { ALL_FLAWS, flawsNamed, NO_FLAWS } from "./flaws.ts";

const { values } = parseArgs({
  options: {
    hardened: { type: "boolean", default: false },
    only: { type: "string" },
    port: { type: "string", default: "4320" },
    certificate: { type: "string" },
    key: { type: "string" },
    "control-port": { type: "string", default: "4321" },
  },
});

const chosen = values.only === undefined ? ALL_FLAWS : flawsNamed(values.only.split(","));
const flaws = values.hardened ? NO_FLAWS : chosen;
const shop = await startShop({ flaws, port: Number(values.port), ...certificate(values) });
const control = await startControl(shop, Number(values["control-port"]));
console.log(`${flaws.size} flaws; let nobody else reach it`);
console.log(`export SHOP_URL=${shop.url} SHOP_CONTROL_URL=${control.url}`);

function certificate({ certificate, key }: { readonly certificate?: string; readonly key?: string }) {
  if (certificate === undefined || key === undefined) return {};
  return { certificate: { cert: readFileSync(certificate, "utf8"), key: readFileSync(key, "utf8") } };
}

// The shop behind the gate as its portcullis.yaml configures it, but for the listener.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type RunningShop, startShop } from "../../../examples/vulnerable-orders/api.ts";
import { startControl } from "../../../examples/vulnerable-orders/control.ts";
import type { Flaws } from "../../../examples/vulnerable-orders/flaws.ts";
import { systemPorts } from "../../../src/configuration/compose.ts";
import { PolicySource } from "../../../src/configuration/policy-source.ts";
import { serve } from "../../../src/gateway/serve.ts";
import { memorySink } from "../../configuration/composing.ts";
import { testCertificate } from "../../gateway/certificates.ts";
import { Place } from "./place.ts";

const FOLDER = path.join(import.meta.dirname, "../../../examples/vulnerable-orders");

export interface Gated {
  readonly place: Place;
  readonly shop: RunningShop;
  close(): Promise<void>;
}

export async function behindGate(flaws: Flaws, isSecure: boolean): Promise<Gated> {
  const shop = await startShop({ flaws });
  const control = await startControl(shop);
  const folder = mkdtempSync(path.join(tmpdir(), "portcullis-vulnerable-"));
  const flag = (key: string, value: unknown) => ({ name: key, path: ["transport", key], value });
  const tls = isSecure ? await certificateFiles(folder) : "dangerouslyOff";
  const env = { SHOP_URL: shop.url, SHOP_CONTROL_URL: control.url };
  const flags = [flag("listen", "127.0.0.1:0"), flag("tls", tls)];
  const source = new PolicySource(
    { file: path.join(FOLDER, "portcullis.yaml"), flags, cwd: FOLDER, env },
    { ...systemPorts(FOLDER), createSink: () => memorySink([]) },
  );
  const composition = await source.compose();
  const gateway = await serve(composition, { drainTimeoutMs: 200 });
  await Promise.all(composition.keySources.map((keys) => keys.ready()));
  return {
    place: new Place(gateway.url, shop.tokens),
    shop,
    close: async () => {
      await gateway.close();
      await control.close();
      await shop.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function certificateFiles(folder: string): Promise<object> {
  const { cert, key } = await testCertificate();
  const files = { certificate: path.join(folder, "crt"), key: path.join(folder, "key") };
  writeFileSync(files.certificate, cert);
  writeFileSync(files.key, key);
  return files;
}

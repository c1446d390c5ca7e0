// Whether all that is sealed in a database opens: what was altered or moved to another row does not (NIST SP 800-38D).
import { artifactContext } from "./artifacts/artifact-store.ts";
import type { IdentityDatabase } from "./database.ts";
import { factorContext } from "./factors/factor-store.ts";
import { keyContext } from "./keys/signing-keys.ts";
import type { Sealer } from "./sealing.ts";

/** The table of the first row that does not open, or undefined. Not of what has ended: its secret may be gone. */
export async function firstClosed(
  { queries }: IdentityDatabase,
  sealer: Sealer,
  nowSeconds: number,
): Promise<"signing_key" | "factor" | "artifact" | undefined> {
  const keys = await queries.selectFrom("signing_key").select(["kid", "private_jwk", "published_until"]).execute();
  for (const { kid, private_jwk, published_until } of keys) {
    const isOver = published_until !== null && published_until <= nowSeconds;
    if (!isOver && sealer.open(keyContext(kid), private_jwk) === undefined) return "signing_key";
  }
  const factors = await queries.selectFrom("factor").select(["id", "secret"]).execute();
  for (const { id, secret } of factors) if (sealer.open(factorContext(id), secret) === undefined) return "factor";
  const artifacts = queries
    .selectFrom("artifact")
    .select(["model", "id_hash", "payload"])
    .where((where) => where.or([where("expires_at", "is", null), where("expires_at", ">", nowSeconds)]));
  for (const { model, id_hash, payload } of await artifacts.execute()) {
    if (sealer.open(artifactContext(model, id_hash), payload) === undefined) return "artifact";
  }
  return undefined;
}

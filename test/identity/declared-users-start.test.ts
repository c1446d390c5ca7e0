// Accounts of the configuration as an owner makes them: a hash from a command, a section of the file, a start; and let go by the next.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { ADMINISTRATOR_ROLE } from "../../src/identity/roles/role-store.ts";
import { authorize, discover, redeem } from "./flows.ts";
import { PASSWORD } from "./serving.ts";
import { Site } from "./site.ts";

describe("as an owner does it", () => {
  // Two starts and four commands, each a process of its own.
  it(
    "a hash from a command, a section of the file, a start: the account is there, and shown as kept there",
    { timeout: 180_000 },
    async () => {
      const site = await Site.make();
      onTestFinished(() => site.close());
      const email = "ann@example.com";
      const hash = execFileSync(
        process.execPath,
        [site.program, "identity", "user", "hash", email, "--password-stdin"],
        {
          cwd: site.folder,
          env: site.environment(),
          input: `${PASSWORD}\n`,
        },
      ).toString();
      expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1,keyid=[0-9a-f]{8}\$[\w+/]+\$[\w+/]+\n$/);
      const file = path.join(site.folder, "portcullis.yaml");
      const written = JSON.parse(readFileSync(file, "utf8")) as { identity: object; authorization?: object };
      writeFileSync(path.join(site.folder, "ann.hash"), hash, { mode: 0o600 });
      const users = { [email]: { roles: [ADMINISTRATOR_ROLE], passwordHash: { file: "ann.hash" } } };
      writeFileSync(file, JSON.stringify({ ...written, identity: { ...written.identity, users } }));
      const server = await site.start();
      const listed = JSON.parse(await site.run("identity", "user", "list", "--json")) as object;
      expect(listed).toMatchObject({ email, status: "active", roles: [ADMINISTRATOR_ROLE], keptByConfiguration: true });
      await expect(site.run("identity", "user", "disable", email)).rejects.toThrow(/kept by the configuration/);
      const config = await discover(site, "spa");
      expect((await redeem(config, await authorize(config, email))).access_token).toMatch(/^ey/);
      await server.end("SIGTERM");
      writeFileSync(file, JSON.stringify(written));
      await site.start();
      expect(JSON.parse(await site.run("identity", "user", "list", "--json"))).toMatchObject({ status: "disabled" });
    },
  );
});

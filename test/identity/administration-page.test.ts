// Guards docs/administration.md: its commands are run as they stand, one after the other, against a gateway.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { blocks } from "../repository/markdown.ts";
import { Administered, OPERATOR } from "./administered.ts";

const PAGE = "docs/administration.md";

it("every command of the page does what the page says", async () => {
  const served = await Administered.start("sqlite", { clients: { keeper: KEEPER } });
  try {
    const { administration } = served.identity;
    await served.account("ann@example.com");
    const made = await administration.clients.addSecret("keeper", OPERATOR);
    if ("refused" in made) throw new Error(made.refused);
    const shell = blocks(PAGE, "sh administration").map(({ text }) => text);
    expect(shell.length).toBeGreaterThan(4);
    const script = shell
      .join("\n")
      .replace("https://api.example.com/identity", served.issuer)
      // The scopes of the document that these tests have.
      .replace("orders:read", "read");
    const { stdout } = await promisify(execFile)("bash", ["-eo", "pipefail", "-c", script], {
      env: { PATH: process.env["PATH"], SECRET: made.secret },
    });
    expect(stdout).toContain('"email":"ann@example.com"');
    const [bob] = (await administration.users.search({ text: "bob@example.com", limit: 1 })).users;
    expect(bob).toMatchObject({ status: "disabled", roles: ["customer"] });
    const client = await administration.clients.find("nightly");
    const whats = (await administration.changes(10, { target: "nightly" })).map(({ what }) => what);
    expect(whats).toEqual(["secret-removed", "secret-added", "secret-added", "created"]);
    expect("refused" in client ? [] : client.secrets).toHaveLength(1);
    expect(stdout).toMatch(/"what":"disabled".*"what":"roles-changed".*"what":"created"/);
  } finally {
    await served.close();
  }
});

const KEEPER = { profile: "machine", scopes: ["identity:read", "identity:write"], roles: ["identity-administrator"] };

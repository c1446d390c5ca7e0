// The authorization server of the sample, as `portcullis start` runs it, with two people in it: their passwords are made at each start.
import { serveForParent } from "../../src/cli/identity/child-process.ts";

const PEOPLE = ["rita@example.com", "carl@example.com"];

const MAKER = { kind: "command", id: "start" } as const;

serveForParent(async ({ administration: { users }, accountStore }) => {
  const password = process.env["ORDERS_PASSWORD"] as string;
  await Promise.all(PEOPLE.map((email) => users.add({ email, password }, MAKER)));
  for await (const { id } of accountStore.all()) await accountStore.addRole(id, "customer");
});

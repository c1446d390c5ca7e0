// The authenticator that can do without keys is for `explain`, and nothing that serves may ever reach it.
import { expect, it } from "vitest";
import { listTree, readText } from "../repository/tree.ts";

const sources = listTree(["src"]).files.filter((file) => file.endsWith(".ts"));
const importing = (name: string) => sources.filter((file) => readText(file).includes(`/${name}"`));

it("is imported by explain alone", () => {
  expect(importing("examination.ts")).toEqual(["src/cli/explain/caller.ts"]);
  expect(importing("explain/caller.ts")).toEqual(["src/cli/explain.ts"]);
});

it("has no other way in: the port for authenticators is set by explain alone", () => {
  const setting = sources.filter((file) => readText(file).includes("tokenAuthenticator:"));
  expect(setting).toEqual(["src/cli/explain/caller.ts"]);
});

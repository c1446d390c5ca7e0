// Requests for documents of others: every operation has values that its schemas allow, but for those that nothing fits.
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { expect, it } from "vitest";
import { DocumentSet } from "../../../src/openapi/document.ts";
import { describeApi } from "../../../src/openapi/operations.ts";
import type { Callers } from "../../../src/security-testing/dynamic/callers.ts";
import { createRequests } from "../../../src/security-testing/dynamic/requests/request-maker.ts";
import type { Subject } from "../../../src/security-testing/dynamic/subject.ts";
import type { Client } from "../../../src/security-testing/dynamic/wire.ts";
import { SeededRandom } from "../../../src/security-testing/dynamic/random.ts";

const FOLDER = path.dirname(createRequire(import.meta.url).resolve("@readme/oas-examples/package.json"));
const FILES = ["3.0", "3.1"].flatMap((version) =>
  readdirSync(path.join(FOLDER, version, "json"))
    .filter((file) => file.endsWith(".json"))
    .map((file) => path.join(version, "json", file)),
);
/** What does not start at the gate either. */
const REFUSED = ["parameters-common", "parameters-style", "response-examples", "response-http-behavior", "webhooks"];
/** A number in `type`-less 3.0 style within 3.1: it stops the start. */
const BROKEN = ["schema-validation-local", "schema-validation-top-level"];
const nameOf = (file: string) => path.basename(file, ".json");

it.each(FILES.filter((file) => ![...REFUSED, ...BROKEN].includes(nameOf(file))))(
  "%s has a request for each operation",
  (file) => {
    const api = describeApi(
      DocumentSet.fromObject(JSON.parse(readFileSync(path.join(FOLDER, file), "utf8")), nameOf(file)),
    );
    const subjects = api.operations.map((operation) => ({ operation }) as Subject);
    const random = new SeededRandom("1");
    const requests = createRequests({
      api,
      subjects,
      client: {} as Client,
      callers: {} as Callers,
      random: () => random.next(),
      given: new Map(),
    });
    const nobody = {
      name: "nobody",
      subject: undefined,
      fields: [],
      query: [],
      rights: { scopes: [], roles: [], permissions: [] },
    };
    const unmade = subjects.filter((subject) => {
      const values = requests.invent(subject);
      if ("why" in values) return true;
      return requests.wire(subject, values, nobody).target.includes("{");
    });
    // Their schemas contradict themselves.
    const impossible = /IncompatibleAllOf$|potentially-undefined-formData$/;
    expect(unmade.map(({ operation }) => operation.id).filter((id) => !impossible.test(id))).toEqual([]);
  },
);

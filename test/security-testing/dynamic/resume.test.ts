// Guards that an interrupted run goes on: the same command ends with the same findings, and asks nothing twice.
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import type { OperationProbe } from "../../../src/security-testing/dynamic/probe.ts";
import { project, stateFile, tested } from "./testing.ts";

const RULE = "contract.object-open";

/** Asks at each operation; `ran` tells where. The values are from the seed. */
function counting(ran: string[], meanwhile: (id: string) => void = () => undefined): OperationProbe {
  return {
    id: "counting",
    per: "operation",
    rules: [RULE],
    async *run(subject, { callers, client, requests, finding, random }) {
      const { id } = subject.operation;
      ran.push(id);
      const values = await requests.prepare(subject, callers.a);
      if ("why" in values) throw new Error(values.why);
      meanwhile(id);
      const exchange = await client.send(requests.wire(subject, values, callers.a));
      const what = `number ${Math.floor(random() * 1000)}`;
      yield finding({ rule: RULE, subject, what, message: what, evidence: [exchange] });
    },
  };
}

/** What a report shows of a finding, but for times in answers. */
const shown = (findings: readonly { fingerprint: string; message: string }[]) =>
  findings.map(({ fingerprint, message }) => [fingerprint, message]);

describe("a run that was interrupted", () => {
  it("goes on with the same command, and ends with the same findings", async () => {
    const { cwd } = await project();
    const whole = await tested([counting([])], cwd);
    const stop = new AbortController();
    const first: string[] = [];
    const interrupted = await tested([counting(first, (id) => id === "getNote" && stop.abort())], cwd, {}, stop.signal);
    expect(first).toEqual(["listNotes", "getNote"]);
    expect(interrupted.findings).toHaveLength(1);
    expect(existsSync(stateFile(cwd))).toBe(true);
    const second: string[] = [];
    const resumed = await tested([counting(second)], cwd);
    expect(second).toEqual(["getNote", "health"]);
    expect(shown(resumed.findings)).toEqual(shown(whole.findings));
    expect(existsSync(stateFile(cwd))).toBe(false);
  });

  it.each([
    ["another seed", { seed: "2" }],
    ["other data", { "allow-destructive": true }],
  ] as const)("begins anew with %s", async (_name, options) => {
    const { cwd } = await project();
    const stop = new AbortController();
    await tested([counting([], (id) => id === "health" && stop.abort())], cwd, {}, stop.signal);
    const ran: string[] = [];
    await tested([counting(ran)], cwd, options);
    expect(ran).toEqual(["listNotes", "getNote", "health"]);
  });

  it("does again what was not written to its end", async () => {
    const { cwd } = await project();
    const stop = new AbortController();
    await tested([counting([], (id) => id === "health" && stop.abort())], cwd, {}, stop.signal);
    const text = readFileSync(stateFile(cwd), "utf8");
    writeFileSync(stateFile(cwd), text.slice(0, -20));
    const ran: string[] = [];
    await tested([counting(ran)], cwd);
    expect(ran).toEqual(["getNote", "health"]);
  });

  it("keeps no credential in what it remembers, and lets nobody else read it", async () => {
    const { cwd } = await project();
    const stop = new AbortController();
    await tested([counting([], (id) => id === "health" && stop.abort())], cwd, {}, stop.signal);
    expect(readFileSync(stateFile(cwd), "utf8")).not.toContain("eyJ");
    expect(statSync(stateFile(cwd)).mode & 0o077).toBe(0);
  });
});

describe("where its state is kept", () => {
  const why = async (cwd: string, state: string) => {
    const ran: string[] = [];
    const { untested } = await tested([counting(ran)], cwd, { state });
    expect(ran).toEqual([]);
    expect(existsSync(path.join(cwd, "api.pid"))).toBe(false);
    return untested.map((one) => [one.isExpected, one.why.replaceAll(`${cwd}/`, "")]);
  };

  it("must be there, and be writable, before anything is started", async () => {
    const { cwd } = await project();
    expect(await why(cwd, "nowhere/s.state")).toEqual([
      [false, "--state: nowhere/s.state cannot be written: nothing can be made there"],
    ]);
    expect(await why(cwd, "api.mjs/s.state")).toEqual([
      [false, "--state: api.mjs/s.state cannot be written: what is above it is no folder"],
    ]);
    expect(await why(cwd, ".")).toEqual([[false, `--state: ${cwd} cannot be written: it is a folder`]]);
  });

  it("is no file of another kind: that stays as it is", async () => {
    const { cwd } = await project();
    const before = readFileSync(path.join(cwd, "api.yaml"), "utf8");
    expect(await why(cwd, "api.yaml")).toEqual([
      [false, "--state: api.yaml is no state of a run, and would be deleted in the end: name another file"],
    ]);
    expect(readFileSync(path.join(cwd, "api.yaml"), "utf8")).toBe(before);
  });

  it("may be empty, or the state of another run", async () => {
    const { cwd } = await project();
    for (const text of ["", '{"version":1,"run":"another"}\n']) {
      writeFileSync(path.join(cwd, "s.state"), text);
      const ran: string[] = [];
      await tested([counting(ran)], cwd, { state: "s.state" }); // oxlint-disable-line no-await-in-loop -- one run after another
      expect(ran).toHaveLength(3);
      expect(existsSync(path.join(cwd, "s.state"))).toBe(false);
    }
  });
});

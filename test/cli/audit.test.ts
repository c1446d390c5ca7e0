// Guards `portcullis audit`: the books of a spool, dead letters, and one process to a spool.
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { makeNoteKey } from "../../src/cryptography/signed-note.ts";
import { DatabaseInUseError, reserveFile } from "../../src/stores/reserved-file.ts";
import { makeDiskFiles } from "../../src/monitoring/index.ts";
import { composed, DOCUMENT } from "../configuration/composing.ts";
import { folderWith } from "../configuration/folder.ts";
import { delivering, numberOf, upTo } from "../monitoring/delivery/delivering.ts";
import { answered, ScriptedDestination } from "../monitoring/delivery/scripted-destination.ts";
import { startProcess } from "./process.ts";
import { CONFIGURATION, recorded } from "./recorded.ts";
import { run } from "./running.ts";

/** Twenty events, two of them dead; the destination is closed. */
async function withDead(): Promise<string> {
  const cwd = folderWith({ "api.yaml": DOCUMENT, "portcullis.yaml": CONFIGURATION });
  const to = new ScriptedDestination({ name: "elastic" });
  to.always = (records) =>
    answered(records.map((record) => (numberOf(record) % 10 === 0 ? { dead: "no mapping" } : "delivered")));
  const { delivery, add } = await delivering(await makeDiskFiles(path.join(cwd, "spool")), { destinations: [to] });
  for (const n of upTo(20)) add(n);
  await to.until(() => to.taken.length === 18);
  await delivery.close();
  return cwd;
}

describe("audit stats", () => {
  it("says that the books are whole, for people and for programs", async () => {
    const cwd = await withDead();
    const { code, out } = await run(["audit", "stats"], { cwd });
    expect(code).toBe(0);
    expect(out.replaceAll(/ +/g, " ")).toContain("elastic 20 18 0 2 0 0 0\nwhole: every event is accounted for\n");
    const json = JSON.parse((await run(["audit", "stats", "--json", "--spool", "spool"], { cwd })).out) as object;
    expect(json).toMatchObject({ isWhole: true, last: 20, destinations: [{ name: "elastic", accepted: 20, dead: 2 }] });
  });

  it("says what is not accounted for, with exit code 1", async () => {
    const cwd = await withDead();
    writeFileSync(path.join(cwd, "spool", "dead-elastic.ndjson"), "");
    const { code, out } = await run(["audit", "stats"], { cwd });
    expect([code, out.trimEnd().split("\n").at(-1)]).toEqual([1, "not whole: elastic: 2 are missing"]);
  });

  it("needs a spool", async () => {
    const cwd = folderWith({
      "api.yaml": DOCUMENT,
      "portcullis.yaml": CONFIGURATION.replace(", spool: { folder: spool }", ""),
    });
    expect((await run(["audit", "stats"], { cwd })).err).toContain("the configuration has no spool");
    expect((await run(["audit", "stats", "--spool", "none"], { cwd })).err).toContain(
      "the spool none cannot be read: ENOENT",
    );
    expect((await run(["audit"], { cwd })).code).toBe(2);
  });
});

describe("audit dead", () => {
  it("lists what was refused for good and why, and offers it again", async () => {
    const cwd = await withDead();
    const { out } = await run(["audit", "dead", "list", "--json"], { cwd });
    const letters = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { id: string; reason: string; event: object });
    expect(letters).toMatchObject([
      { sink: "elastic", reason: "no mapping", event: { message: "event 10" } },
      { sink: "elastic", event: { message: "event 20" } },
    ]);
    expect((await run(["audit", "dead", "list"], { cwd })).out).toContain("no mapping");
    const first = letters[0]?.id as string;
    expect((await run(["audit", "dead", "retry", "elastic", first], { cwd })).out).toBe(
      "1 event is offered to elastic again\n",
    );
    expect((await run(["audit", "dead", "retry", "elastic", "x"], { cwd })).code).toBe(2);
    const to = new ScriptedDestination({ name: "elastic" });
    const runner = { reviveEveryMs: 1 };
    const folder = await makeDiskFiles(path.join(cwd, "spool"));
    const { delivery } = await delivering(folder, { destinations: [to], runner });
    await to.until(() => to.taken.length === 1);
    expect(to.taken.map(({ id }) => id)).toEqual([first]);
    while ((await folder.list()).includes("retry-elastic.json")) await new Promise((done) => setTimeout(done, 2));
    await delivery.close();
    const stats = JSON.parse((await run(["audit", "stats", "--json"], { cwd })).out) as object;
    expect(stats).toMatchObject({ isWhole: true, destinations: [{ accepted: 20, delivered: 19, dead: 1 }] });
    expect((await run(["audit", "dead", "list"], { cwd })).out).not.toContain(first);
  });
});

describe("audit verify", () => {
  it("says whole over restarts, rotations and packed files, and names what was altered", async () => {
    const { cwd, publicKey } = await recorded();
    expect(readdirSync(cwd).filter((name) => name.endsWith(".gz")).length).toBeGreaterThan(1);
    const whole = await run(["audit", "verify"], { cwd });
    expect([whole.code, whole.out]).toEqual([
      0,
      expect.stringMatching(/^whole: events 1 to 30\n\d checkpoints agree, the last of them at event 30\n$/),
    ]);
    const files = readdirSync(cwd)
      .filter((name) => name.startsWith("audit.ndjson"))
      .sort();
    const named = [...files.slice(1), files[0] as string];
    const elsewhere = ["audit", "verify", ...named, "--checkpoints", "checkpoints.txt", "--key", publicKey, "--json"];
    expect(JSON.parse((await run(elsewhere, { cwd })).out)).toMatchObject({
      isWhole: true,
      first: 1,
      last: 30,
      vouched: 30,
    });
    // Nothing of that time, and nothing wrong.
    const later = await run(["audit", "verify", "--from", "2099-01-01", "--json"], { cwd });
    expect([later.code, JSON.parse(later.out)]).toMatchObject([0, { part: { events: 0 } }]);
    expect(JSON.parse((await run(["audit", "verify", "--to", "2099-01-01", "--json"], { cwd })).out)).toMatchObject({
      last: 30,
    });
    const current = path.join(cwd, "audit.ndjson");
    writeFileSync(current, readFileSync(current, "utf8").replace("event 15", "event 99"));
    const altered = await run(["audit", "verify"], { cwd });
    expect([altered.code, altered.out]).toEqual([1, expect.stringContaining("is another than at")]);
  });

  it("says that no checkpoint was looked at where files are named without any", async () => {
    const { cwd } = await recorded();
    const files = readdirSync(cwd).filter((name) => /^audit\.ndjson\.\d/.test(name));
    const { out } = await run(["audit", "verify", ...files.sort(), "audit.ndjson"], { cwd });
    expect(out).toMatch(/^whole: events 1 to 30\nno checkpoint was looked at: whoever can write these files/);
    writeFileSync(path.join(cwd, "emptied.txt"), "\n");
    const emptied = [...files, "audit.ndjson", "--checkpoints", "emptied.txt", "--key", "audit.key"];
    expect((await run(["audit", "verify", ...emptied], { cwd })).code).toBe(2);
  });

  it("says what is missing where a file was taken away or cut, and who did not sign", async () => {
    const { cwd } = await recorded();
    const rotated = readdirSync(cwd)
      .filter((name) => name.endsWith(".gz"))
      .sort();
    const current = path.join(cwd, "audit.ndjson");
    const text = readFileSync(current, "utf8");
    writeFileSync(current, text.slice(0, text.lastIndexOf("\n", text.length - 2) + 1));
    expect((await run(["audit", "verify"], { cwd })).out).toMatch(/^truncated: event 30 is missing at the end/);
    writeFileSync(current, text);
    rmSync(path.join(cwd, rotated[1] as string));
    expect((await run(["audit", "verify"], { cwd })).out).toMatch(
      /^missing: events \d+ to \d+ should stand before audit.ndjson/,
    );
    const other = await run(["audit", "key", "other.key", "--name", "shop/audit", "--json"], { cwd });
    const { publicKey } = JSON.parse(other.out) as { publicKey: string };
    const foreign = await run(
      ["audit", "verify", "audit.ndjson", "--checkpoints", "checkpoints.txt", "--key", publicKey],
      { cwd },
    );
    expect([foreign.code, foreign.out]).toEqual([1, expect.stringContaining("are not signed by that key")]);
    expect((await run(["audit", "key", "audit.key", "--name", "shop/audit"], { cwd })).err).toContain(
      "audit.key cannot be written: EEXIST",
    );
  });
});

it("audit key writes the public key alone where it is piped to, and what to do with it elsewhere", async () => {
  const cwd = folderWith({});
  const { code, out, err } = await run(["audit", "key", "audit.key", "--name", "shop/audit"], { cwd });
  expect([code, out]).toEqual([0, expect.stringMatching(/^shop\/audit\+[0-9a-f]{8}\+\S+\n$/)]);
  expect(err).toContain("audit.key is secret:\n  monitoring: { checkpoints: { key: { file: audit.key } } }");
  writeFileSync(path.join(cwd, "key.pub"), out);
  writeFileSync(path.join(cwd, "notes.txt"), "");
  const verified = await run(["audit", "verify", "notes.txt", "--checkpoints", "notes.txt", "--key", "key.pub"], {
    cwd,
  });
  expect(verified.err).toBe("");
});

describe("a spool", () => {
  it("is private: 0700, 0600", async () => {
    const cwd = await withDead();
    expect(statSync(path.join(cwd, "spool")).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(path.join(cwd, "spool"))) {
      expect([name, statSync(path.join(cwd, "spool", name)).mode & 0o777]).toEqual([name, 0o600]);
    }
  });

  it("takes one process; after kill -9 the next one at once", async () => {
    const cwd = folderWith({ "api.yaml": DOCUMENT, "portcullis.yaml": CONFIGURATION });
    const first = startProcess(["start"], cwd);
    await first.errorShows(/ at http:/);
    const modes = readdirSync(path.join(cwd, "spool")).map((name) => [
      name,
      statSync(path.join(cwd, "spool", name)).mode & 0o777,
    ]);
    expect(modes).toContainEqual(["spool.lock", 0o600]);
    expect(modes.filter(([, mode]) => mode !== 0o600)).toEqual([]);
    const second = startProcess(["start"], cwd);
    await second.errorShows(/spool is used by another process[^]*monitoring\.spool\.folder/);
    expect(await second.ended).not.toBe(0);
    expect(() => reserveFile(path.join(cwd, "spool", "spool"))).toThrow(DatabaseInUseError);
    first.signal("SIGKILL");
    await first.ended;
    const third = startProcess(["start"], cwd);
    const [, url = ""] = await third.errorShows(/ at (http:\S+)/);
    await fetch(url);
    third.signal("SIGTERM");
    expect(await third.ended).toBe(0);
    expect(JSON.parse((await run(["audit", "stats", "--json"], { cwd })).out)).toMatchObject({ isWhole: true });
  });

  it("that feeds nothing, cannot be made, or feeds two of one name is told", async () => {
    const told = async (monitoring: string) =>
      composed(
        `authentication: { oauth: { issuer: https://i.example/, audience: a } }\nmonitoring: ${monitoring}\n`,
      ).then(
        () => "nothing",
        (error: { problems: { message: string }[] }) => error.problems[0]?.message,
      );
    expect(await told("{ spool: {} }")).toBe("monitoring.spool feeds no sink");
    expect(await told("{ spool: {}, sinks: [{ file: a }, { file: b }] }")).toBe("two sinks are named file");
    expect(await told("{ spool: {}, sinks: [{ file: a }, { file: b, name: other }] }")).toBe("nothing");
    const twice = await told("{ sinks: [{ file: a }, { file: ./a }] }");
    expect(twice).toMatch(/^two sinks write to \/.+\/a$/);
    const keyed = folderWith({ key: makeNoteKey("shop/audit") });
    const notes = `checkpoints: { key: { file: ${keyed}/key }, file: ./a }`;
    const beside = "is /.+/a, which monitoring\\.(\\S+) writes to$";
    expect(await told(`{ sinks: [{ file: a }], ${notes} }`)).toMatch(
      new RegExp(`^monitoring.checkpoints.file ${beside}`),
    );
    expect(await told(`{ sinks: [{ file: b }], ${notes} }`)).toBe("nothing");
    const banning = "detections: { sanctions: a }";
    expect(await told(`{ sinks: [{ file: a }], ${banning} }`)).toMatch(
      new RegExp(`^monitoring.detections.sanctions ${beside}`),
    );
    expect(await told(`{ sinks: [{ file: b }], ${banning}, ${notes} }`)).toMatch(
      new RegExp(`^monitoring.detections.sanctions ${beside}`),
    );
    const cwd = folderWith({ "api.yaml": DOCUMENT, "portcullis.yaml": CONFIGURATION, spool: "a file" });
    const { code, err } = await run(["start"], { cwd });
    expect([code, err]).toEqual([1, expect.stringMatching(/the spool \/.+\/spool cannot be opened: EEXIST/)]);
  });
});

// Guards integrations/splunk: its files can be parsed, and every field, word, macro and event type that it names exists.
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { SINK_DEFAULTS } from "../../src/configuration/sink-defaults.ts";
import { ACTIONS } from "../../src/monitoring/classification.ts";
import { FIELDS } from "../../src/sinks/elasticsearch/setup/fields.ts";
import { listTree, readText, ROOT } from "../repository/tree.ts";
import { parseConf } from "./conf.ts";
import { parseXml } from "./xml.ts";

const APP = "integrations/splunk/portcullis";
const conf = (name: string) => parseConf(readText(`${APP}/default/${name}.conf`));
const xml = (name: string) => parseXml(readText(`${APP}/default/data/ui/${name}.xml`));

const props = conf("props");
const eventTypes = conf("eventtypes");
const macros = conf("macros");
const savedSearches = conf("savedsearches");
const dashboard = xml("views/portcullis");

/** What `props.conf` adds, beside what Splunk has itself. */
const stanza = [...(props.get(SINK_DEFAULTS.splunk.sourcetype) ?? [])];
const ADDED = stanza.flatMap(([key, value]) =>
  key.startsWith("EVAL-")
    ? [key.slice("EVAL-".length)]
    : key.startsWith("FIELDALIAS-")
      ? [value.split(" AS ")[1] as string]
      : [],
);
const OWN = ["_time", "host", "source", "sourcetype", "index", "message", ...ADDED];

const searches: [string, string][] = [
  ...[...eventTypes].map(([name, keys]): [string, string] => [`event type ${name}`, keys.get("search") ?? ""]),
  ...[...macros].map(([name, keys]): [string, string] => [`macro ${name}`, keys.get("definition") ?? ""]),
  ...[...savedSearches].map(([name, keys]): [string, string] => [name, keys.get("search") ?? ""]),
  ...dashboard.filter(({ name }) => name === "query").map(({ text }): [string, string] => [`panel: ${text}`, text]),
];
const expressions: [string, string][] = stanza
  .filter(([key]) => /^(?:EVAL|FIELDALIAS)-/.test(key))
  .map(([key, value]) => [`props ${key}`, value]);

/** Text in double quotes is a value; everything else with a dot in it is a field of the event. */
function fieldsIn(search: string): string[] {
  const bare = search.startsWith('"') ? search.replaceAll('"', "") : search.replaceAll(/"[^"]*"/g, '""');
  return [...bare.matchAll(/(?<![\w.])[a-z_]+(?:\{\})?(?:\.[a-z_]+(?:\{\})?)+/g)].map(([name]) =>
    name.replaceAll("{}", ""),
  );
}

const COMMANDS = /^(?:search|dedup|stats|timechart|where|sort|table|eval|bin|head|convert)\b/;

describe("the Splunk app", () => {
  it("has files that can be parsed, all of them", () => {
    const files = listTree([APP]).files;
    for (const file of files.filter((name) => /\.(?:conf|meta)$/.test(name)))
      expect(parseConf(readText(file)).size).toBeGreaterThan(0);
    for (const file of files.filter((name) => name.endsWith(".xml")))
      expect(parseXml(readText(file)).length).toBeGreaterThan(1);
    expect(files.filter((name) => !/\.(?:conf|meta|xml)$/.test(name))).toEqual([]);
    expect(files.length).toBeGreaterThan(7);
  });

  it("has the version of the product", () => {
    const { version } = JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8")) as { version: string };
    expect(conf("app").get("launcher")?.get("version")).toBe(version);
  });

  it("describes the source type that the sink sends, and no other", () => {
    expect([...props.keys()]).toEqual([SINK_DEFAULTS.splunk.sourcetype]);
    const named = searches.flatMap(([, text]) => [...text.matchAll(/sourcetype="([^"]*)"/g)].map(([, one]) => one));
    expect(new Set(named)).toEqual(new Set([SINK_DEFAULTS.splunk.sourcetype]));
  });

  it("finds its fields: there are many", () => {
    expect(new Set([...searches, ...expressions].flatMap(([, text]) => fieldsIn(text))).size).toBeGreaterThan(20);
    expect(fieldsIn("portcullis.notes{}.kind=\"a.b\" | eval x = 'url.path' / y.z")).toEqual([
      "portcullis.notes.kind",
      "url.path",
      "y.z",
    ]);
  });

  it.each([...searches, ...expressions])("%s names fields that events have", (_, text) => {
    expect(fieldsIn(text).filter((name) => !Object.hasOwn(FIELDS, name))).toEqual([]);
  });

  it.each(searches)("%s uses commands, macros and words that exist", (_, text) => {
    const used = [...text.matchAll(/`([^`]*)`/g)].map(([, name]) => name);
    expect(used.filter((name) => !macros.has(name as string))).toEqual([]);
    expect(text.split('"').length % 2, "quotes in pairs").toBe(1);
    expect(text.split("(").length, "brackets in pairs").toBe(text.split(")").length);
    const [, ...piped] = text.replaceAll(/"[^"]*"/g, '""').split("|");
    expect(piped.map((part) => part.trim()).filter((part) => !COMMANDS.test(part))).toEqual([]);
    const actions = [...text.matchAll(/event\.action="([^"]*)"/g)].map(([, action]) => action);
    const known = [...ACTIONS, "authn_login_success"];
    expect(actions.filter((action) => !known.includes(action as string))).toEqual([]);
  });

  it("finds what detections say, and sign-ins at the built-in authorization server, which are no exchanges", () => {
    const asked = (name: string) => eventTypes.get(name)?.get("search") ?? "";
    expect(asked("portcullis_alert")).toContain('event.dataset="portcullis.detection"');
    for (const name of ["portcullis_authentication_failed", "portcullis_signed_in"]) {
      expect(asked(name)).toContain('event.action="authn_login_');
      expect(asked(name)).not.toContain("event.dataset");
    }
    const guesses = savedSearches.get("Portcullis: failed authentications of one address")?.get("search") ?? "";
    expect(guesses).toMatch(/^`portcullis_authentication_failures` /);
    expect(macros.get("portcullis_authentication_failures")?.get("definition")).not.toContain("event.dataset");
  });

  it("asks for codes that the product has", () => {
    const codes = searches.flatMap(([, text]) => [...text.matchAll(/event\.code="([^"]*)"/g)].map(([, code]) => code));
    const source = listTree(["src"]).files.map(readText).join("\n");
    expect(codes.length).toBeGreaterThan(3);
    expect(codes.filter((code) => !source.includes(`"${code}"`))).toEqual([]);
  });

  it("groups by fields that it has", () => {
    const grouped = searches.flatMap(([, text]) => [...text.matchAll(/ BY ([\w.{}, ]+?)(?: limit=\d+)?(?= \||$)/g)]);
    const names = grouped.flatMap(([, list]) =>
      (list as string).split(",").map((name) => name.trim().replaceAll("{}", "")),
    );
    expect(names.length).toBeGreaterThan(8);
    expect(names.filter((name) => !Object.hasOwn(FIELDS, name) && !OWN.includes(name))).toEqual([]);
  });

  it("tags event types that there are", () => {
    const tagged = [...conf("tags").keys()].map((name) => name.replace("eventtype=", ""));
    expect(tagged.filter((name) => !eventTypes.has(name))).toEqual([]);
  });

  it("runs nothing by itself", () => {
    const running = [...savedSearches].filter(
      ([, keys]) => keys.has("cron_schedule") && keys.get("enableSched") !== "0",
    );
    expect(running).toEqual([]);
  });

  it("has panels over searches that there are", () => {
    const bases = dashboard.flatMap(({ attributes }) => attributes["base"] ?? []);
    const known = dashboard.flatMap(({ attributes }) => attributes["id"] ?? []);
    expect(bases.length).toBeGreaterThan(5);
    expect(bases.filter((base) => !known.includes(base))).toEqual([]);
    const views = xml("nav/default").flatMap(({ name, attributes }) => (name === "view" ? [attributes["name"]] : []));
    expect(views).toEqual(["portcullis", "search"]);
  });
});

describe("the readers of this test", () => {
  it.each(["<a><b></a>", "<a>", "<a b=c/>", "<a>x & y</a>", "<a/>text", "<a", '<a b="<"/>'])("refuse %s", (text) => {
    expect(() => parseXml(text)).toThrow(/./);
  });

  it.each(["a = 1", "[a]\nb", "[a]\nb = 1\nb = 2", "[a]\n[a]"])("refuse %j", (text) => {
    expect(() => parseConf(text)).toThrow(/line/);
  });
});

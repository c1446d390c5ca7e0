// Pages of frameworks and servers that are not meant for callers (CWE-489): settings, traces, sources, descriptions.
import { freshWord, isServed } from "../answers.ts";
import { declaredAt } from "../declared.ts";
import type { ApiProbe } from "../probe.ts";
import { type Exchange, fieldOf, type Reply } from "../wire.ts";

interface Page {
  readonly path: string;
  /** What it shows where it is what it is named for. Left out: that it is there is enough. */
  readonly shows?: RegExp;
}

/** Each is there for developers alone, whatever it shows. */
const NAMED = [
  "debug _debug __debug__ debug/vars debug/pprof/ debug/default/view _profiler phpinfo.php __inspect console h2-console",
  "actuator/env actuator/heapdump actuator/configprops actuator/mappings heapdump env trace server-status server-info",
  "elmah.axd trace.axd telescope/requests horizon rails/info/routes _ignition/health-check",
];
const DEBUG: readonly Page[] = [
  ...paths(NAMED).map((path): Page => ({ path })),
  { path: "actuator", shows: /"_links"/ },
  { path: "metrics", shows: /^# (?:HELP|TYPE) /m },
  { path: ".env", shows: /^[A-Z][A-Z0-9_]*=/m },
  { path: ".git/HEAD", shows: /^ref: refs\// },
  { path: ".git/config", shows: /^\[core\]/m },
  { path: ".svn/entries", shows: /^\d+\s/ },
  { path: ".DS_Store", shows: /Bud1/ },
  { path: "package.json", shows: /"dependencies"/ },
  { path: "config.json", shows: /"[^"]*(?:secret|password|database|connection|key)[^"]*"\s*:/i },
  { path: "appsettings.json", shows: /"ConnectionStrings"/ },
  { path: "web.config", shows: /<configuration/ },
];

const DESCRIBES = /"(?:openapi|swagger)"\s*:|^(?:openapi|swagger):|swagger-ui|redoc|rapidoc|scalar|stoplight/im;
const DESCRIPTIONS = [
  "openapi.json openapi.yaml openapi.yml openapi docs/openapi.json api/openapi.json swagger.json swagger.yaml swagger",
  "swagger/v1/swagger.json swagger-ui.html swagger-ui/index.html v2/api-docs v3/api-docs api-docs api-docs.json",
  "docs redoc documentation documentation/json",
];
const DOCUMENTATION: readonly Page[] = [
  ...paths(DESCRIPTIONS).map((path): Page => ({ path, shows: DESCRIBES })),
  { path: "graphql?query={__typename}", shows: /"__typename"/ },
  { path: "graphiql", shows: /graphiql/i },
];

function paths(lines: readonly string[]): readonly string[] {
  return lines.join(" ").split(" ");
}

export const exposedPages: ApiProbe = {
  id: "exposed-pages",
  rules: ["dynamic.debug-exposed", "dynamic.documentation-exposed"],
  per: "api",
  async *run(context) {
    const ask = (target: string) => context.client.send({ method: "GET", target, fields: [] });
    for (const base of basesOf(context.subjects.map(({ operation }) => operation.template))) {
      const control = await ask(`${base}/${freshWord(context)}`);
      for (const [rule, pages] of [
        ["dynamic.debug-exposed", DEBUG],
        ["dynamic.documentation-exposed", DOCUMENTATION],
      ] as const) {
        for (const { path, shows } of pages) {
          const target = `${base}/${path}`;
          const [template = ""] = target.split("?");
          if (declaredAt(context.api, "GET", template) !== undefined) continue;
          const tried = await ask(target);
          if (!isShown(tried, control, shows)) continue;
          yield context.finding({
            rule,
            undeclared: { method: "GET", template },
            what: path,
            message: `GET ${template} answers anybody`,
            confidence: shows === undefined ? "firm" : "certain",
            evidence: [control, tried],
            say: ["A path that nobody has.", "The page."],
          });
        }
      }
    }
  },
};

/** Below the root, and below what all paths begin with. */
function basesOf(templates: readonly string[]): ReadonlySet<string> {
  const bases = templates.map((template) => /^\/[^/{}]+(?=\/)/.exec(template)?.[0] ?? "");
  return new Set(["", ...(new Set(bases).size === 1 ? bases : [])]);
}

function isShown(tried: Exchange, control: Exchange, shows: RegExp | undefined): boolean {
  const { reply } = tried;
  if (reply === undefined || !isServed(tried) || reply.body.length === 0) return false;
  // Who answers everything answers nothing in particular: pages of one application.
  if (isServed(control) && (shows === undefined || isAlike(reply, control.reply as Reply))) return false;
  return shows === undefined || shows.test(reply.body.toString("utf8"));
}

function isAlike(one: Reply, other: Reply): boolean {
  return one.body.equals(other.body) || fieldOf(one, "etag") === (fieldOf(other, "etag") ?? "");
}

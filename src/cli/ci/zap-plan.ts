// `portcullis ci zap-plan`: writes a plan for OWASP ZAP that attacks what the document describes, through the gate.
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { parse, stringify } from "yaml";
import { compose, offlinePorts } from "../../configuration/compose.ts";
import { codeOf, whyUnwritable } from "../../configuration/error-code.ts";
import { loadSettings } from "../../configuration/load.ts";
import { asList, asObject, asText } from "../../security-testing/dependencies/inventory.ts";
import { loadTestFile, TEST_FILE } from "../../security-testing/dynamic/test-file/load.ts";
import { type Header, ZAP_FOLDER, zapPlan } from "../../security-testing/scanners/zap-plan.ts";
import { coloursFor } from "../colours.ts";
import { EXIT_OK, type Given, UsageError } from "../command.ts";
import { whatToLoad } from "../configuration-flags.ts";
import type { Io } from "../io.ts";

const FILE = "zap-plan.yaml";
const MINUTES = 30;

export async function ciZapPlan(given: Given, io: Io): Promise<number> {
  const minutes = Number(given.text("minutes") ?? MINUTES);
  if (!(minutes > 0 && Number.isInteger(minutes))) throw new UsageError("--minutes is no whole number above 0");
  const what = await whatToLoad(given, io);
  const testFile = await testFileOf(given.text("tests"), what.file, io);
  // As `portcullis test` reads it. Secrets of callers need not be there yet: a plan holds names alone.
  const { written } = await loadTestFile({
    named: given.text("tests"),
    configuration: what.file,
    cwd: io.cwd,
    env: io.env,
    isEnvironmentAlone: true,
  });
  const loaded = await loadSettings({ ...what, env: { ...written.environment, ...io.env } });
  const composition = await compose(loaded, offlinePorts(io.cwd));
  const { api, settings } = composition;
  await composition.close();
  const { plan, variables, left } = zapPlan({
    api,
    url: addressOf(given.text("url") ?? settings.transport.publicUrl),
    document: `${ZAP_FOLDER}/${settings.openapi.replaceAll("\\", "/")}`,
    minutes,
    headers: headersOf(testFile),
  });
  const text = `# Written by \`portcullis ci zap-plan\`: zap.sh -cmd -autorun ${FILE}
# It attacks what it is pointed at, and changes data: give it an API of its own.
# From the environment: ${variables.length === 0 ? "nothing" : variables.join(", ")}. PORTCULLIS_URL, PORTCULLIS_DOCUMENT and PORTCULLIS_REPORTS stand for the defaults below.
${stringify(plan, { lineWidth: 0 })}`;
  if (given.has("print")) io.stdout.write(text);
  else await write(given, io, text, variables);
  for (const name of left)
    io.stderr.write(`ZAP cannot be given the credential of ${name} by a plan: those operations are attacked without\n`);
  return EXIT_OK;
}

async function write(given: Given, io: Io, text: string, variables: readonly string[]): Promise<void> {
  const file = given.text("output") ?? FILE;
  const flag = given.has("force") ? "w" : "wx";
  await writeFile(path.resolve(io.cwd, file), text, { flag }).catch((error: unknown) => {
    if (codeOf(error) === "EEXIST") throw new UsageError(`${file} exists already`, "--force overwrites it.");
    throw new UsageError(`${file} cannot be written: ${whyUnwritable(error)}`);
  });
  const lines = [
    `${coloursFor(io.stdout, io.env).green("wrote")} ${file}`,
    "",
    "Next:",
    ...(variables.length === 0 ? [] : [`  set ${variables.join(", ")}`]),
    `  zap.sh -cmd -autorun ${file}`,
    "  portcullis test --import zap-report.json",
    "",
  ];
  io.stdout.write(lines.join("\n"));
}

function addressOf(text = ""): URL {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new UsageError(
      text === "" ? "it is not known where the gate listens" : `--url ${text} is no address`,
      "Say so: --url https://127.0.0.1:8443",
    );
  return url;
}

async function testFileOf(named: string | undefined, configuration: string | undefined, io: Io): Promise<string> {
  const file = named ?? path.join(path.dirname(configuration ?? ""), TEST_FILE);
  const text = await readFile(path.resolve(io.cwd, file), "utf8").catch(() => undefined);
  if (text === undefined && named !== undefined) throw new UsageError(`${file} cannot be read`);
  return text ?? "{}";
}

/** What the caller `a` sends, as it is written: names of variables stay names, and a value that is written out is not copied. */
function headersOf(text: string): readonly Header[] {
  const callers = asObject(asObject(parse(text) as unknown)["callers"]);
  const headers = asList(asObject(callers["a"])["fixedHeaders"]).map(asObject);
  return headers.flatMap(({ name, value }) => {
    const [field, sent] = [asText(name), asText(value)];
    if (field === undefined || sent === undefined) return [];
    const variable = `\${PORTCULLIS_HEADER_${field.replaceAll(/\W/g, "_").toUpperCase()}}`;
    return [{ name: field, value: /\$\{[A-Za-z_]\w*\}/.test(sent) ? sent : variable }];
  });
}

// What the authorization server reaches: tokens and sign-ins a second, what hashing costs the gate, and half an hour of mixed load.
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { mixedLoad } from "./identity/mixed.ts";
import { circumstances } from "./machine.ts";
import { asMarkdown, asText } from "./table.ts";

const USAGE = `npm run bench:identity -- [options]

  --mixed MINUTES  instead of the rates: everything at once for so long, with memory and rows
  --samples FILE   with --mixed: every sample, as JSON
  --markdown       tables for docs/identity.md
`;

const { values } = parseArgs({
  options: {
    mixed: { type: "string" },
    samples: { type: "string" },
    markdown: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

if (values.help) process.stdout.write(USAGE);
else {
  const minutes = Number(values.mixed);
  const { tables, samples, failures } = await mixedLoad(minutes, (text) => process.stderr.write(`${text}\n`));
  if (values.samples !== undefined) await writeFile(values.samples, JSON.stringify(samples));
  process.stdout.write(`${circumstances().join("\n")}\n\n`);
  process.stdout.write(`${tables.map(values.markdown ? asMarkdown : asText).join("\n\n")}\n\n`);
  if (failures.length > 0) {
    process.stdout.write(`${failures.length} failures, such as\n${failures.slice(0, 10).join("\n")}\n`);
    process.exitCode = 1;
  }
}

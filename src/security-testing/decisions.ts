// What people decided about findings: accepted or false, by whom, why and until when. What does not hold any more is a mistake.
import { z } from "zod";
import { suggestion } from "../configuration/did-you-mean.ts";
import { yamlSource } from "../configuration/yaml-source.ts";
import { ProblemsError } from "../openapi/located.ts";
import type { Finding } from "./finding.ts";
import { namelessParameter, namelessTemplate } from "./nameless.ts";
import { finderOf, RULES } from "./registry.ts";
import type { Decision, Mistake } from "./result.ts";

/** Where it is looked for. */
export const DECISIONS_FILE = "portcullis-findings.yaml";

const entrySchema = z
  .strictObject({
    fingerprint: z.string().min(1).optional(),
    rule: z.string().min(1).optional(),
    operation: z.string().min(1).optional(),
    parameter: z.string().min(1).optional(),
    file: z.string().min(1).optional(),
    status: z.enum(["accepted", "false"], { error: "must be accepted or false (in quotes)" }),
    owner: z.string({ error: "must say who decided" }).min(1, "must say who decided"),
    reason: z.string({ error: "must say why" }).min(1, "must say why"),
    until: z.iso.date({ error: "must be a day: 2027-06-30" }),
  })
  .refine((entry) => entry.fingerprint !== undefined || entry.rule !== undefined, {
    error: "must name a fingerprint or a rule",
  });
const fileSchema = z.strictObject({ findings: z.array(entrySchema, { error: "must be a list" }) });

type Entry = z.infer<typeof entrySchema> & { readonly line: number };

export class Decisions {
  readonly #file: string;
  readonly #entries: readonly Entry[];
  readonly #used = new Set<Entry>();
  /** What is wrong with the file, whatever is found. */
  readonly broken: readonly Mistake[];

  private constructor(file: string, entries: readonly Entry[], broken: readonly Mistake[]) {
    this.#file = file;
    this.#entries = entries;
    this.broken = broken;
  }

  static none(): Decisions {
    return new Decisions(DECISIONS_FILE, [], []);
  }

  /** `today` as in `until`. An entry that has expired decides nothing. */
  static parse(file: string, text: string, today: string): Decisions {
    const broken: Mistake[] = [];
    let source: ReturnType<typeof yamlSource>;
    try {
      source = yamlSource(file, text, {}, "");
    } catch (error) {
      if (!(error instanceof ProblemsError)) throw error;
      const mistakes = error.problems.map(({ message, position }) => ({ file, line: position?.line ?? 1, message }));
      return new Decisions(file, [], mistakes);
    }
    const lineOf = (at: readonly PropertyKey[]) => source.position(at as (string | number)[], "key").line;
    const wrong = (at: readonly PropertyKey[], message: string) => broken.push({ file, line: lineOf(at), message });
    const judged = fileSchema.safeParse(source.value);
    if (!judged.success) {
      for (const issue of judged.error.issues) {
        const name = issue.path.findLast((key) => typeof key === "string") ?? "the file";
        const message =
          issue.code === "unrecognized_keys" ? `has an unknown key "${issue.keys.join('", "')}"` : issue.message;
        wrong(issue.path, `${name} ${message}`);
      }
      return new Decisions(file, [], broken);
    }
    const entries: Entry[] = [];
    for (const [i, entry] of judged.data.findings.entries()) {
      const at = ["findings", i];
      if (entry.rule !== undefined && finderOf(entry.rule) === undefined)
        wrong(
          [...at, "rule"],
          `there is no rule ${entry.rule}. ${suggestion(entry.rule, [...RULES.keys()]) ?? ""}`.trim(),
        );
      else if (entry.until < today) wrong([...at, "until"], `the decision of ${entry.owner} held until ${entry.until}`);
      else entries.push({ ...entry, line: lineOf(at) });
    }
    return new Decisions(file, entries, broken);
  }

  of(finding: Finding): Decision | undefined {
    const entry = this.#entries.find((one) => fits(one, finding));
    if (entry === undefined) return undefined;
    this.#used.add(entry);
    const { status, owner, reason, until } = entry;
    return { status, owner, reason, until };
  }

  /** After all findings were asked for: what decided nothing, where its kind ran to its end. */
  unused(whole: ReadonlySet<string>): Mistake[] {
    const isAll = [...RULES.values()].every(({ kind }) => whole.has(kind));
    const couldFit = ({ rule }: Entry) => {
      const finder = rule === undefined ? undefined : finderOf(rule);
      return finder === undefined ? isAll : whole.has(finder);
    };
    return this.#entries
      .filter((entry) => !this.#used.has(entry) && couldFit(entry))
      .map(({ line, rule, fingerprint }) => {
        const message = `nothing is found any more that this decides (${rule ?? fingerprint}): take it out`;
        return { file: this.#file, line, message };
      });
  }
}

function fits(entry: Entry, { fingerprint, rule, others = [], operation, parameter, places }: Finding): boolean {
  const names = [{ rule, fingerprint }, ...others];
  if (entry.fingerprint !== undefined && !names.some((one) => one.fingerprint === entry.fingerprint)) return false;
  if (entry.rule !== undefined && !names.some((one) => one.rule === entry.rule)) return false;
  if (entry.file !== undefined && !places.some(({ file }) => file === entry.file)) return false;
  if (entry.operation === undefined) return entry.parameter === undefined || entry.parameter === parameter;
  if (operation === undefined) return false;
  const isNamed = entry.operation === operation.id;
  if (!isNamed && namelessTemplate(entry.operation) !== namelessTemplate(`${operation.method} ${operation.template}`))
    return false;
  if (entry.parameter === undefined || entry.parameter === parameter) return true;
  // It may have got another name since, in the path that the entry shows.
  const turn = namelessParameter(entry.parameter, entry.operation);
  return turn !== entry.parameter && turn === namelessParameter(parameter ?? "", operation.template);
}

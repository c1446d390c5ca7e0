// What gitleaks writes by `--report-format json`. It holds the secrets themselves: none of them is taken over.
import { asObject, asText } from "../../dependencies/inventory.ts";
import type { ReportForm } from "../form.ts";
import { needText, numberOf, objects } from "../json.ts";
import { fileOf } from "../paths.ts";
import { ReportError } from "../report-error.ts";

const HARDCODED = 798;

export const gitleaksForm: ReportForm = {
  name: "gitleaks",
  what: "what gitleaks writes by --report-format json",
  finds: ["secrets"],
  recognises: (value) =>
    Array.isArray(value) && value.length > 0 && value.every((entry) => "RuleID" in asObject(entry)),
  read(value, { cwd }) {
    if (!Array.isArray(value)) throw new ReportError("it is no list", "gitleaks writes one by --report-format json.");
    return objects(value, "").map((entry, i) => {
      const id = needText(entry, "RuleID", `[${i}]`);
      const file = needText(entry, "File", `[${i}]`);
      const commit = asText(entry["Commit"]) ?? "";
      const title = asText(entry["Description"]) ?? id;
      const where = commit === "" ? "stands in the file" : `stands in the history (${commit.slice(0, COMMIT_LENGTH)})`;
      return {
        tool: "gitleaks",
        kind: "secrets",
        id,
        title: `What looks like a secret (${id})`,
        severity: "high",
        confidence: "tentative",
        message: `What looks like a secret (${id}) ${where}. ${title}`,
        cwe: [HARDCODED],
        remedy:
          "Take it for known where it is real: replace it where it is used, then keep the new one out of the repository.",
        place: {
          file: fileOf(file, cwd) ?? file,
          line: numberOf(entry["StartLine"]),
          column: numberOf(entry["StartColumn"]),
        },
        // The line is one of another version of the file.
        ...(commit !== "" && {
          what: `${file} ${id} ${numberOf(entry["StartLine"])}:${numberOf(entry["StartColumn"])}`,
        }),
      };
    });
  },
};

const COMMIT_LENGTH = 12;

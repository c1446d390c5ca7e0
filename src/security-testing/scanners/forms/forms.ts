// Every form that findings of other tools are taken over from, in the order in which a file is held against them.
import type { ReportForm } from "../form.ts";
import { gitleaksForm } from "./gitleaks.ts";
import { npmAuditForm } from "./npm-audit.ts";
import { osvScannerForm } from "./osv-scanner.ts";
import { sarifForm } from "./sarif.ts";
import { schemathesisForm } from "./schemathesis.ts";
import { semgrepForm } from "./semgrep.ts";
import { snykForm } from "./snyk.ts";
import { zapForm } from "./zap.ts";

/** No two recognise the same value. */
export const FORMS: readonly ReportForm[] = [
  sarifForm,
  zapForm,
  npmAuditForm,
  osvScannerForm,
  semgrepForm,
  gitleaksForm,
  snykForm,
  schemathesisForm,
];

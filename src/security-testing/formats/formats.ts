// Every form that findings can be written in, and the file of each where several are asked for.
import type { TestResult } from "../result.ts";

export interface Format {
  /** Its name in a folder of reports. */
  readonly file: string;
  readonly load: () => Promise<(result: TestResult) => string>;
}

export const FORMATS: Readonly<Record<string, Format>> = {
  sarif: { file: "portcullis.sarif", load: async () => (await import("./sarif.ts")).toSarif },
  json: { file: "portcullis.json", load: async () => (await import("./json.ts")).toJson },
};
